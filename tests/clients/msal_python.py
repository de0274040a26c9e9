"""MSAL for Python signs in to the emulated tenant in each of its ways, and Graph takes every token.

The environment says where: EMULATOR (https), CA_FILE, TENANT, FOLDER with key.pem and certificate.pem.
"""

import os
import pathlib
from urllib.parse import parse_qsl, urlsplit

import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

EMULATOR, CA_FILE, TENANT = os.environ["EMULATOR"], os.environ["CA_FILE"], os.environ["TENANT"]
FOLDER = pathlib.Path(os.environ["FOLDER"])
AUTHORITY = f"{EMULATOR}/{TENANT}"
AUTOMATION = "8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58"
WORKSTATION = "f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759"
GRAPH = ["https://graph.microsoft.com/.default"]
PERSON = "admin@contoso.onmicrosoft.com"
COMMON = {"authority": AUTHORITY, "verify": CA_FILE, "instance_discovery": False}


def check(way, result, path):
    assert "access_token" in result, f"{way}: {result}"
    token = result["access_token"]
    reply = requests.get(f"{EMULATOR}/v1.0/{path}", headers={"Authorization": f"Bearer {token}"}, verify=CA_FILE)
    assert reply.status_code == 200, f"{way}: {reply.status_code} {reply.text}"
    print(f"MSAL for Python: {way}: ok")


secret = msal.ConfidentialClientApplication(AUTOMATION, client_credential="contoso-emulated-secret", **COMMON)
check("client secret", secret.acquire_token_for_client(GRAPH), "organization")

wrong = msal.ConfidentialClientApplication(AUTOMATION, client_credential="wrong", **COMMON)
assert wrong.acquire_token_for_client(GRAPH)["error_codes"] == [7000215]

pem = (FOLDER / "certificate.pem").read_text()
thumbprint = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
for way, credential in {
    "certificate": {"private_key": (FOLDER / "key.pem").read_text(), "public_certificate": pem},
    "certificate by its SHA-1 thumbprint": {"private_key": (FOLDER / "key.pem").read_text(), "thumbprint": thumbprint},
}.items():
    by_certificate = msal.ConfidentialClientApplication(AUTOMATION, client_credential=credential, **COMMON)
    check(way, by_certificate.acquire_token_for_client(GRAPH), "organization")

public = msal.PublicClientApplication(WORKSTATION, **COMMON)
flow = public.initiate_device_flow(["User.Read"])
check("device code", public.acquire_token_by_device_flow(flow), "me")

flow = public.initiate_auth_code_flow(["User.Read"], redirect_uri="http://localhost:53682")
page = requests.get(flow["auth_uri"], verify=CA_FILE)
assert page.status_code == 200, page.text
form = dict(parse_qsl(urlsplit(flow["auth_uri"]).query), user=PERSON, decision="accept")
back = requests.post(flow["auth_uri"].split("?")[0], data=form, verify=CA_FILE, allow_redirects=False)
answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
result = public.acquire_token_by_auth_code_flow(flow, answer)
check("code with a proof key", result, "me")
assert result["id_token_claims"]["preferred_username"] == PERSON

silent = public.acquire_token_silent(["User.Read"], account=public.get_accounts()[0], force_refresh=True)
check("refresh token", silent, "me")
