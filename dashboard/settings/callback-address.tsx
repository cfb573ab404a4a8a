import { useSignedIn } from "../api/session.ts";
import { Copyable } from "../shell/copyable.tsx";

/** Where Lever sends people back to after the consent: the app has to be registered with exactly this. */
export function CallbackAddress({ environment }: { environment: string }) {
  const { publicUrl } = useSignedIn();
  return (
    <Copyable
      label={environment === "playground" ? "Callback address" : "Callback address to register at Lever"}
      value={`${publicUrl}/oauth/lever/${environment}/callback`}
      what={`the callback address of ${environment}`}
    />
  );
}
