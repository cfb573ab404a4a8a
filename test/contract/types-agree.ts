import type { CheckReport, Credential } from "../../credentials/credential.ts";
import type { Problem } from "../../errors/problem.ts";
import type { WRITE_OUTCOMES } from "../../runtime/write-records.ts";
import type * as generated from "../../schemas/types/index.ts";
import type { KeyUse } from "../../sealing/keys.ts";

// Only type-checked: the contracts written by hand and the types generated from the schemas must not drift apart.

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<Exclude<T[K], undefined>> } : T;
type Fits<From extends To, To> = [From, To];

export type CredentialMatchesItsSchema = Fits<Mutable<Credential>, generated.Credential>;
export type ReportMatchesItsSchema = Fits<Mutable<CheckReport>, generated.CheckReport>;
export type KeysMatchTheirSchema = Fits<KeyUse, generated.EncryptionKeys["data"][number]>;
export type ShownKeysAreKnown = Fits<generated.EncryptionKeys["data"][number], KeyUse>;
export type EveryOutcomeIsListed = Fits<generated.Write["outcome"], (typeof WRITE_OUTCOMES)[number]>;
export type ProblemMatchesItsSchema = Fits<Mutable<Problem>, generated.Problem>;
export type EveryOperationHasBothTypes = Fits<keyof generated.OperationInputs, keyof generated.OperationOutputs>;
