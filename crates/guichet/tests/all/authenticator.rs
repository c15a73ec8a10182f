//! A device with passkeys, in the hands of a test: as small as can be, P-256, without attestation.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A device with one passkey. What it should not do, a test makes it do.
pub(crate) struct Device {
    pair: EcdsaKeyPair,
    pub(crate) id: Vec<u8>,
    /// What the site called its owner by; none before there is a passkey.
    pub(crate) handle: Vec<u8>,
    pub(crate) counter: u32,
    /// Whether it makes sure who uses it.
    pub(crate) verifies: bool,
    pub(crate) party: String,
    pub(crate) origin: String,
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("randomness");
    bytes
}

fn pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key")
}

impl Device {
    pub(crate) fn of(origin: &str) -> Self {
        let party = origin.split("://").nth(1).expect("a host").to_owned();
        let id = random::<16>().to_vec();
        Self { pair: pair(), id, handle: Vec::new(), counter: 0, verifies: true, party, origin: origin.to_owned() }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.party.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Makes the passkey that the site asks for, as the browser would write it.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let handle = options["user"]["id"].as_str().expect("a handle");
        self.handle = BASE64URL_NOPAD.decode(handle.as_bytes()).expect("base64url");
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        // The key as COSE: EC2, ES256, P-256, x, y.
        let point = self.pair.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(&data);
        let response = json!({ "attestationObject": BASE64URL_NOPAD.encode(&object),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data), "transports": ["internal", "of-tomorrow"] });
        self.credential(response)
    }

    /// Uses the passkey.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(0);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client_data).as_ref());
        let signature = self.pair.sign(&SystemRandom::new(), &signed).expect("signed");
        let response = json!({ "authenticatorData": BASE64URL_NOPAD.encode(&data),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data), "signature": BASE64URL_NOPAD.encode(signature.as_ref()),
            "userHandle": BASE64URL_NOPAD.encode(&self.handle) });
        self.credential(response)
    }

    fn credential(&self, response: Value) -> String {
        let id = BASE64URL_NOPAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    /// Another key under the same id.
    pub(crate) fn forget_key(&mut self) {
        self.pair = pair();
    }
}
