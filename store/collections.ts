/** A field that queries may use. Other fields of a document are kept but cannot be asked for. */
export type FieldType = "string" | "number";

export interface IndexDeclaration {
  /** In order; equality conditions use a prefix, the sort uses what follows. `project` and `id` are ordinary fields here. */
  readonly fields: readonly string[];
  /** An absent field counts as a value here. */
  readonly unique?: boolean;
}

/**
 * Whose the documents of a collection are: `owner`, of the project or of one of its owners (field `owner`; "" or absent = the project itself);
 * `project`, of the project alone; `installation`, of no caller.
 */
export type BelongsTo = "owner" | "project" | "installation";

export interface CollectionDeclaration {
  readonly belongsTo: BelongsTo;
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
    belongsTo: "installation",
    fields: { name: "string", createdAtMs: "number", removedAtMs: "number" },
    indexes: { byCreated: { fields: ["createdAtMs", "id"] }, byRemoval: { fields: ["removedAtMs"] } },
  },
  credentials: {
    belongsTo: "owner",
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
      // Absent where there is nothing to tell (occurrences.ts).
      untoldAtMs: "number",
    },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byOwner: { fields: ["project", "owner", "createdAtMs", "id"] },
      byName: { fields: ["project", "nickname"] },
      byNickname: { fields: ["project", "owner", "nickname"], unique: true },
      byUntold: { fields: ["untoldAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { secret: ["connector", "environment", "auth", "secretVersion"] },
  },
  oauthFlows: {
    belongsTo: "owner",
    fields: {
      owner: "string",
      stateHash: "string",
      ticketHash: "string",
      credential: "string",
      stage: "string",
      expiresAtMs: "number",
      sealedKid: "string",
    },
    indexes: {
      byOwner: { fields: ["project", "owner", "id"] },
      byState: { fields: ["stateHash"] },
      byTicket: { fields: ["ticketHash"] },
      byExpiry: { fields: ["expiresAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { verifier: ["environment", "credential"] },
  },
  oauthApps: {
    belongsTo: "project",
    fields: { environment: "string", sealedKid: "string" },
    indexes: { byEnvironment: { fields: ["project", "environment"], unique: true }, byKey: { fields: ["sealedKid", "id"] } },
    sealed: { clientSecret: ["environment", "clientId"] },
  },
  apiKeys: {
    belongsTo: "project",
    fields: { hash: "string", createdAtMs: "number", revokedAtMs: "number" },
    indexes: { byHash: { fields: ["hash"], unique: true }, byProject: { fields: ["project", "createdAtMs", "id"] } },
  },
  sessions: {
    belongsTo: "installation",
    fields: { expiresAtMs: "number" },
    indexes: { byExpiry: { fields: ["expiresAtMs"] } },
  },
  writes: {
    belongsTo: "owner",
    fields: {
      owner: "string",
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
      byOwner: { fields: ["project", "owner", "createdAtMs", "id"] },
      byCredential: { fields: ["project", "credential", "createdAtMs", "id"] },
      byOwnerAndCredential: { fields: ["project", "owner", "credential", "createdAtMs", "id"] },
      byExpiry: { fields: ["expiresAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { answer: [], changed: [] },
  },
  workflows: {
    belongsTo: "project",
    // `endpoint`: the id of the one whose deliveries start the published version, if they do.
    fields: { name: "string", status: "string", createdAtMs: "number", revision: "number", endpoint: "string" },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byName: { fields: ["project", "name"], unique: true },
      byEndpoint: { fields: ["project", "endpoint", "createdAtMs", "id"] },
    },
  },
  // What was published, as it was: never changed.
  workflowVersions: {
    belongsTo: "project",
    fields: { workflow: "string", createdAtMs: "number" },
    indexes: { byWorkflow: { fields: ["project", "workflow", "createdAtMs", "id"] } },
  },
  runs: {
    belongsTo: "owner",
    fields: {
      owner: "string",
      workflow: "string",
      status: "string",
      createdAtMs: "number",
      // Where the engine finds it: `ready`, `timed` (until `dueAtMs`), `taken` (by the holder of the lease), `credential` (until `heldBy` works),
      // `held` (until somebody says how to continue), `ended`.
      queue: "string",
      dueAtMs: "number",
      heldBy: "string",
      leaseExpiresAtMs: "number",
      leaseOwner: "string",
      fence: "number",
      endedAtMs: "number",
      sealedKid: "string",
      untoldAtMs: "number",
    },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byOwner: { fields: ["project", "owner", "createdAtMs", "id"] },
      byWorkflow: { fields: ["project", "workflow", "createdAtMs", "id"] },
      byOwnerAndWorkflow: { fields: ["project", "owner", "workflow", "createdAtMs", "id"] },
      byStatus: { fields: ["project", "status", "createdAtMs", "id"] },
      byOwnerAndStatus: { fields: ["project", "owner", "status", "createdAtMs", "id"] },
      byWorkflowAndStatus: { fields: ["project", "workflow", "status", "createdAtMs", "id"] },
      byOwnerWorkflowAndStatus: { fields: ["project", "owner", "workflow", "status", "createdAtMs", "id"] },
      byTurn: { fields: ["queue", "project", "dueAtMs", "id"] },
      byDue: { fields: ["queue", "dueAtMs", "id"] },
      byLease: { fields: ["queue", "leaseExpiresAtMs"] },
      byCredential: { fields: ["queue", "project", "heldBy", "id"] },
      byEnd: { fields: ["project", "endedAtMs"] },
      byUntold: { fields: ["untoldAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { trigger: ["workflow"], toldSealed: ["workflow"] },
  },
  // One for each step that a run has come to: its result, and what people are shown of it.
  runSteps: {
    belongsTo: "owner",
    fields: { owner: "string", run: "string", fence: "number", position: "number", sealedKid: "string" },
    indexes: {
      byRun: { fields: ["project", "run", "position", "id"] },
      byOwnerAndRun: { fields: ["project", "owner", "run", "position", "id"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { sealed: ["run"] },
  },
  // Who was shown the data of a run as it is, and why.
  runReveals: {
    belongsTo: "owner",
    fields: { owner: "string", run: "string", createdAtMs: "number" },
    indexes: {
      byRun: { fields: ["project", "run", "createdAtMs", "id"] },
      byOwnerAndRun: { fields: ["project", "owner", "run", "createdAtMs", "id"] },
    },
  },
  // That somebody's data was removed: by whom, when, how much. Never whose.
  forgettings: {
    belongsTo: "project",
    fields: { createdAtMs: "number" },
    indexes: { byProject: { fields: ["project", "createdAtMs", "id"] } },
  },
  schedules: {
    belongsTo: "project",
    fields: { nextAtMs: "number" },
    indexes: { byNext: { fields: ["nextAtMs"] } },
  },
  // Locks: they hold nothing to read, and order the writes of all owners, who may share an account.
  turns: {
    belongsTo: "installation",
    fields: { leaseExpiresAtMs: "number", leaseOwner: "string", fence: "number", expiresAtMs: "number" },
    indexes: { byExpiry: { fields: ["expiresAtMs"] } },
  },
  destinations: {
    belongsTo: "project",
    fields: { name: "string", createdAtMs: "number", revision: "number", sealedKid: "string" },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byName: { fields: ["project", "name"], unique: true },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { secret: ["url", "secretVersion"], previousSecret: ["url", "secretVersion"] },
  },
  // What is sent to destinations. `dueAtMs` is absent in those that have ended.
  messages: {
    belongsTo: "project",
    fields: {
      destination: "string",
      state: "string",
      fence: "number",
      createdAtMs: "number",
      dueAtMs: "number",
      expiresAtMs: "number",
      sealedKid: "string",
    },
    indexes: {
      byDestination: { fields: ["project", "destination", "createdAtMs", "id"] },
      byState: { fields: ["project", "destination", "state", "createdAtMs", "id"] },
      byDue: { fields: ["dueAtMs"] },
      byExpiry: { fields: ["expiresAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { body: ["destination"] },
  },
  // Addresses of ours that others deliver to, and how what comes there is verified.
  endpoints: {
    belongsTo: "project",
    fields: { name: "string", createdAtMs: "number", revision: "number", sealedKid: "string" },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byName: { fields: ["project", "name"], unique: true },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: {
      settings: ["preset", "definition", "secretVersion"],
      previousSettings: ["preset", "definition", "secretVersion"],
    },
  },
  // What was delivered to endpoints. `dueAtMs` is absent in those that have ended.
  deliveries: {
    belongsTo: "project",
    fields: {
      endpoint: "string",
      state: "string",
      fence: "number",
      createdAtMs: "number",
      dueAtMs: "number",
      untoldAtMs: "number",
      sealedKid: "string",
    },
    indexes: {
      byProject: { fields: ["project", "createdAtMs", "id"] },
      byEndpoint: { fields: ["project", "endpoint", "createdAtMs", "id"] },
      byState: { fields: ["project", "state", "createdAtMs", "id"] },
      byEndpointAndState: { fields: ["project", "endpoint", "state", "createdAtMs", "id"] },
      byDue: { fields: ["dueAtMs"] },
      byUntold: { fields: ["untoldAtMs"] },
      byKey: { fields: ["sealedKid", "id"] },
    },
    sealed: { body: ["endpoint"] },
  },
  meta: {
    belongsTo: "installation",
    fields: { sealedKid: "string" },
    indexes: { byKey: { fields: ["sealedKid", "id"] } },
    sealed: { value: [] },
  },
} as const satisfies Record<string, CollectionDeclaration>;

export type CollectionName = keyof typeof COLLECTIONS;

/** The collections that an {@link Access} reaches. */
export type HeldCollection = {
  [Name in CollectionName]: (typeof COLLECTIONS)[Name]["belongsTo"] extends "installation" ? never : Name;
}[CollectionName];
