// MSAL for Node signs in to the emulated tenant in each of its ways, and Graph takes every token.
//
// The environment says where: EMULATOR (https), TENANT, FOLDER with key.pem and certificate.pem; NODE_EXTRA_CA_CERTS
// makes its certificate trusted.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";

const { EMULATOR, TENANT, FOLDER } = process.env;
const AUTOMATION = "8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58";
const WORKSTATION = "f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759";
const GRAPH = ["https://graph.microsoft.com/.default"];
const PERSON = "admin@contoso.onmicrosoft.com";
const authority = `${EMULATOR}/${TENANT}`;
const knownAuthorities = [new URL(EMULATOR).host];

async function check(way, result, what) {
  assert.ok(result?.accessToken, `${way}: no token`);
  const reply = await fetch(`${EMULATOR}/v1.0/${what}`, {
    headers: { authorization: `Bearer ${result.accessToken}` },
  });
  assert.equal(reply.status, 200, `${way}: ${reply.status} ${await reply.text()}`);
  console.log(`MSAL for Node: ${way}: ok`);
}

const application = (auth) => new ConfidentialClientApplication({ auth: { authority, knownAuthorities, ...auth } });

const secret = application({ clientId: AUTOMATION, clientSecret: "contoso-emulated-secret" });
await check("client secret", await secret.acquireTokenByClientCredential({ scopes: GRAPH }), "organization");

await assert.rejects(
  application({ clientId: AUTOMATION, clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes: GRAPH }),
  /AADSTS7000215/,
);

const certificate = new X509Certificate(readFileSync(path.join(FOLDER, "certificate.pem")));
const byCertificate = application({
  clientId: AUTOMATION,
  clientCertificate: {
    thumbprintSha256: certificate.fingerprint256.replaceAll(":", ""),
    privateKey: readFileSync(path.join(FOLDER, "key.pem"), "utf8"),
  },
});
await check("certificate", await byCertificate.acquireTokenByClientCredential({ scopes: GRAPH }), "organization");

const person = new PublicClientApplication({ auth: { clientId: WORKSTATION, authority, knownAuthorities } });
const byCode = await person.acquireTokenByDeviceCode({ scopes: ["User.Read"], deviceCodeCallback: () => {} });
await check("device code", byCode, "me");

const redirectUri = "http://localhost:53683";
const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const page = await person.getAuthCodeUrl({
  scopes: ["User.Read"],
  redirectUri,
  codeChallenge: challenge,
  codeChallengeMethod: "S256",
});
assert.equal((await fetch(page)).status, 200);
const form = new URLSearchParams(new URL(page).search);
form.set("response_mode", "query");
form.set("user", PERSON);
form.set("decision", "accept");
const back = await fetch(page.split("?")[0], { method: "POST", body: form, redirect: "manual" });
const code = new URL(back.headers.get("location")).searchParams.get("code");
const brought = await person.acquireTokenByCode({ code, scopes: ["User.Read"], redirectUri, codeVerifier: verifier });
await check("code with a proof key", brought, "me");
assert.equal(brought.account.username, PERSON);

const again = await person.acquireTokenSilent({ account: brought.account, scopes: ["User.Read"], forceRefresh: true });
await check("refresh token", again, "me");
