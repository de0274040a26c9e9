"""A tenant whose application has a secret and a certificate, for clients that sign in with either.

usage: seed.py FOLDER  (writes tenant.json, key.pem, certificate.pem)
"""

import datetime
import json
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

GRANTED = ["DeviceManagementServiceConfig.ReadWrite.All", "Group.ReadWrite.All", "Organization.Read.All", "User.Read"]

folder = pathlib.Path(sys.argv[1])
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "automation")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(hours=1))
    .not_valid_after(now + datetime.timedelta(days=1))
    .sign(key, hashes.SHA256())
)
pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
(folder / "certificate.pem").write_text(pem)
(folder / "key.pem").write_bytes(
    key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
)
tenant = {
    "applications": [
        {
            "clientId": "8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58",
            "displayName": "Contoso Automation",
            "secrets": [{"value": "contoso-emulated-secret"}],
            "certificates": [pem],
            "roles": GRANTED,
            "scopes": GRANTED,
        },
        {
            "clientId": "f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759",
            "displayName": "Contoso Workstation",
            "publicClient": True,
            "redirectUris": ["http://localhost"],
            "scopes": GRANTED,
        },
    ]
}
(folder / "tenant.json").write_text(json.dumps(tenant))
