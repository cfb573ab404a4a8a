import { useService } from "../api/service.ts";
import { useSignedIn } from "../api/session.ts";
import { Copyable } from "../shell/copyable.tsx";

/** Where the service sends people back to after the consent: the app has to be registered with exactly this. */
export function CallbackAddress({ connector, environment }: { connector: string; environment: string }) {
  const { name } = useService();
  const { publicUrl } = useSignedIn();
  return (
    <Copyable
      label={environment === "playground" ? "Callback address" : `Callback address to register at ${name}`}
      value={`${publicUrl}/oauth/${connector}/${environment}/callback`}
      what={`the callback address of ${environment}`}
    />
  );
}
