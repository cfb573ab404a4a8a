import type { Manifest } from "../../connector/types.ts";
import type { CheckReport, Credential } from "../../credentials/credential.ts";
import type { Problem } from "../../errors/problem.ts";
import type * as generated from "../../schemas/types/index.ts";

// Only type-checked: the contracts written by hand and the types generated from the schemas must not drift apart.

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<Exclude<T[K], undefined>> } : T;
type Fits<From extends To, To> = [From, To];

export type ManifestIsUnderstood = Fits<generated.Manifest, Manifest>;
export type CredentialMatchesItsSchema = Fits<Mutable<Credential>, generated.Credential>;
export type ReportMatchesItsSchema = Fits<Mutable<CheckReport>, generated.CheckReport>;
export type ProblemMatchesItsSchema = Fits<Mutable<Problem>, generated.Problem>;
export type EveryOperationHasBothTypes = Fits<keyof generated.OperationInputs, keyof generated.OperationOutputs>;
