import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Router } from "wouter";
import { ApiError } from "../sdk/index.ts";
import { hasCode } from "./api/field-errors.ts";
import { sessionQuery } from "./api/session.ts";
import { BASE_PATH } from "./base-path.ts";
import { Pages } from "./pages.tsx";
import { Boundary } from "./shell/boundary.tsx";
import { cssVariables } from "./theme/css-variables.ts";
import { theme } from "./theme/theme.ts";

export function App({ nonce }: { nonce: string }) {
  const [queries] = useState(createQueries);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <Router base={BASE_PATH}>
          <Boundary>
            <Pages />
          </Boundary>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function createQueries(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => lookAtSession(queries, error) }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < 2 && error instanceof ApiError && error.retryable,
      },
      mutations: { onError: (error) => lookAtSession(queries, error) },
    },
  });
  return queries;
}

/** The session ended meanwhile: the shell shows how to sign in as soon as it knows. */
function lookAtSession(queries: QueryClient, error: unknown): void {
  const ended = hasCode(error, "auth_required") || hasCode(error, "csrf_rejected");
  if (ended) void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
}
