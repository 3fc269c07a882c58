import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { concat, JsonRpcProvider, toBeHex, type Wallet } from "ethers";
import { deployVerifiers, memberKinds } from "../../src/governance/index.ts";
import { challengeOf, practiceKeys, publicPointOf } from "../../src/owner/index.ts";
import { deploySafe, signSafeMessage } from "../contracts/SafeContracts.ts";
import { type LocalChain, senderOf, startChain } from "../governance/localChain.ts";

/** A chain with one who may be a member of each kind: an account, a Safe, a P-256 key and a passkey. */
export type MixedMembers = LocalChain & {
  readonly account: Wallet;
  readonly safe: string;
  /** Two of the three who hold the Safe are enough. @returns what the Safe takes as its signature */
  readonly signBySafe: (digest: string, holders?: readonly number[]) => string;
  readonly verifiers: { readonly p256: string; readonly webAuthn: string };
  readonly chip: KeyObject;
  readonly passkey: Passkey;
  /** The four, by their names, as a constitution has them; each weighs 1. */
  readonly members: Readonly<Record<MixedName, { readonly kind: number; readonly weight: 1; readonly key: string }>>;
};

export type MixedName = "account" | "safe" | "chip" | "passkey";

export async function startMixedMembers(): Promise<MixedMembers> {
  const local = await startChain();
  const { owners, marketplace } = practiceKeys(local.chain.chainId);
  const provider = new JsonRpcProvider(local.url, undefined, {
    staticNetwork: true,
    pollingInterval: 20,
    cacheTimeout: -1,
  });
  try {
    const deployer = marketplace.connect(provider);
    const holders = practiceKeys(local.chain.chainId);
    const [first, second, third] = [holders.guardian, holders.anchorer, holders.operatorOf(1)];
    const safe = await deploySafe({ getSigners: async () => [deployer] }, [first, second, third], 2);
    const [p256, webAuthn] = await deployVerifiers(senderOf(local.chain, marketplace));
    const verifiers = { p256: p256.address, webAuthn: webAuthn.address };
    const chip = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const passkey = new Passkey();
    const [account] = owners;
    const keyed = (verifier: string, key: KeyObject) => concat([verifier, publicPointOf(key) ?? ""]);
    return {
      ...local,
      ...{ account, safe, verifiers, chip, passkey },
      signBySafe: (digest, by = [0, 2]) =>
        signSafeMessage(
          safe,
          by.map((each) => [first, second, third][each]),
          digest,
        ),
      members: {
        account: { kind: memberKinds.account, weight: 1, key: account.address.toLowerCase() },
        safe: { kind: memberKinds.contract, weight: 1, key: safe.toLowerCase() },
        chip: { kind: memberKinds.key, weight: 1, key: keyed(verifiers.p256, chip) },
        passkey: { kind: memberKinds.key, weight: 1, key: keyed(verifiers.webAuthn, passkey.key) },
      },
    };
  } catch (error) {
    await local.stop();
    throw error;
  } finally {
    provider.destroy();
  }
}

/** A key in an authenticator that answers as browsers do (WebAuthn, level 2). */
export class Passkey {
  readonly key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

  /**
   * What a browser has after the person agreed, as JSON.
   * @param flags 1 for "user present", 4 for "user verified"
   */
  answer(digest: string, flags = 5): string {
    const client = { type: "webauthn.get", challenge: challengeOf(digest), origin: "https://owners.example" };
    const clientDataJSON = Buffer.from(JSON.stringify({ ...client, crossOrigin: false }));
    const relyingParty = createHash("sha256").update("owners.example").digest();
    const authenticatorData = Buffer.concat([
      relyingParty,
      Uint8Array.of(flags),
      Buffer.from(toBeHex(7, 4).slice(2), "hex"),
    ]);
    const clientHash = createHash("sha256").update(clientDataJSON).digest();
    const signature = sign("sha256", Buffer.concat([authenticatorData, clientHash]), this.key);
    const response = Object.entries({ authenticatorData, clientDataJSON, signature });
    return JSON.stringify({
      ...{ id: "passkey", type: "public-key" },
      response: Object.fromEntries(response.map(([name, bytes]) => [name, bytes.toString("base64url")])),
    });
  }
}
