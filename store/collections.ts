/** A field that queries may use. Other fields of a document are kept but cannot be asked for. */
export type FieldType = "string" | "number";

export interface IndexDeclaration {
  /** In order; equality conditions use a prefix, the sort uses what follows. `project` and `id` are ordinary fields here. */
  readonly fields: readonly string[];
  /** An absent field counts as a value here. */
  readonly unique?: boolean;
}

export interface CollectionDeclaration {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly indexes: Readonly<Record<string, IndexDeclaration>>;
  /**
   * Fields that hold sealed text (sealing/encrypt.ts), each with the other fields of its record that it is bound to: those that decide where
   * the secret goes. Key rotation walks exactly these.
   */
  readonly sealed?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Every collection, its queryable fields and its indexes: declared once, used by both stores.
 *
 * The primary key is (project, id) everywhere and needs no entry. A document's times are ms since the epoch, fields named `…AtMs`
 * where queries use them.
 */
export const COLLECTIONS = {
  projects: {
    fields: { name: "string", createdAtMs: "number" },
    indexes: { byCreated: { fields: ["createdAtMs", "id"] } },
  },
  credentials: {
    fields: {
      owner: "string",
      nickname: "string",
      environment: "string",
      status: "string",
      sealedKid: "string",
      createdAtMs: "number",
      refreshFence: "number",
      refreshLeaseExpiresAtMs: "number",
      refreshOwner: "string",
      secretVersion: "number",
      revision: "number",
      lastUsedAtMs: "number",
    },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byOwner: { fields: ["project", "owner", "createdAtMs", "id"] },
      byName: { fields: ["project", "nickname"] },
      byNickname: { fields: ["project", "owner", "nickname"], unique: true },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { secret: ["connector", "environment", "auth", "secretVersion"] },
  },
  oauthFlows: {
    fields: {
      stateHash: "string",
      ticketHash: "string",
      credential: "string",
      stage: "string",
      expiresAtMs: "number",
      sealedKid: "string",
    },
    indexes: {
      byState: { fields: ["stateHash"] },
      byTicket: { fields: ["ticketHash"] },
      byExpiry: { fields: ["expiresAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { verifier: ["environment", "credential"] },
  },
  oauthApps: {
    fields: { environment: "string", sealedKid: "string" },
    indexes: { byEnvironment: { fields: ["project", "environment"], unique: true }, byKey: { fields: ["sealedKid", "id"] } },
    sealed: { clientSecret: ["environment", "clientId"] },
  },
  apiKeys: {
    fields: { hash: "string", createdAtMs: "number", revokedAtMs: "number" },
    indexes: { byHash: { fields: ["hash"], unique: true }, byProject: { fields: ["project", "createdAtMs", "id"] } },
  },
  sessions: {
    fields: { expiresAtMs: "number" },
    indexes: { byExpiry: { fields: ["expiresAtMs"] } },
  },
  writes: {
    fields: {
      credential: "string",
      state: "string",
      fingerprint: "string",
      createdAtMs: "number",
      expiresAtMs: "number",
      leaseExpiresAtMs: "number",
      leaseOwner: "string",
      fence: "number",
      sealedKid: "string",
    },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byExpiry: { fields: ["expiresAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { answer: [], changed: [] },
  },
  turns: {
    fields: { leaseExpiresAtMs: "number", leaseOwner: "string", fence: "number", expiresAtMs: "number" },
    indexes: { byExpiry: { fields: ["expiresAtMs"] } },
  },
  meta: {
    fields: { sealedKid: "string" },
    indexes: { byKey: { fields: ["sealedKid", "id"] } },
    sealed: { value: [] },
  },
} as const satisfies Record<string, CollectionDeclaration>;

export type CollectionName = keyof typeof COLLECTIONS;
