import type { Credential } from "../api/credentials.ts";

export const AUTH_WORDS: Record<Credential["auth"], string> = { oauth2: "OAuth consent", api_key: "API key" };
