import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { hasCode } from "../api/field-errors.ts";
import { Failure } from "../shell/failure.tsx";

/** Why a credential could not be connected; leads to the settings where these are what is missing. */
export function ConnectFailure({ error }: { error: unknown }) {
  const isAboutApp = hasCode(error, "oauth_app_missing") || hasCode(error, "oauth_app_rejected");
  return (
    <Failure error={error}>
      {isAboutApp && (
        <Anchor component={Link} href="/settings/oauth-apps" size="sm">
          Set up the OAuth app
        </Anchor>
      )}
    </Failure>
  );
}
