import { Button, Checkbox, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { includesScope } from "../../text/scopes.ts";
import type { KeyScope, NewApiKey } from "../api/api-keys.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { type Refusable, useFaults } from "../shell/use-faults.ts";

export interface CreateKeyFormProps {
  readonly scopes: readonly KeyScope[];
  /** The creation that `onSubmit` begins. */
  readonly creation: Refusable & { readonly isPending: boolean; readonly error: unknown };
  readonly onSubmit: (key: NewApiKey) => void;
  readonly onCancel: () => void;
}

/** What the key is for, and what it may do. */
export function CreateKeyForm({ scopes, creation, onSubmit, onCancel }: CreateKeyFormProps) {
  const { isPending, error } = creation;
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<NewApiKey["scopes"]>([]);
  const names = scopes.map((scope) => scope.name);
  const { found, check, changed } = useFaults<"name" | "scopes">(creation);

  /** Only what was clicked is chosen or not: what that includes comes and goes with it. */
  function choose(shown: readonly string[]) {
    changed("scopes");
    const isShown = (one: KeyScope["name"]) => chosen.includes(one) || isImplied(one, chosen);
    const clicked = names.filter((one) => shown.includes(one) !== isShown(one));
    setChosen(names.filter((one) => chosen.includes(one) !== clicked.includes(one)));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const isComplete = check({
      name: name.trim() === "" ? "Give it a name, such as that of the program that uses it." : undefined,
      scopes: chosen.length === 0 ? "Choose what it may do." : undefined,
    });
    if (!isComplete || isPending) return;
    onSubmit({ name: name.trim(), scopes: chosen.filter((one) => !isImplied(one, chosen)) });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="To recognise it by, later in this list."
          required
          withAsterisk={false}
          data-autofocus
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={({ currentTarget }) => {
            changed("name");
            setName(currentTarget.value);
          }}
          error={found.name ?? fieldError(error, "/name")}
        />
        <Checkbox.Group
          label="Permissions"
          description="As few as the program needs: a lost key can do no more."
          value={chosen.concat(names.filter((one) => isImplied(one, chosen)))}
          onChange={choose}
          error={found.scopes ?? fieldError(error, "/scopes")}
        >
          <Stack gap="sm" my="sm">
            {scopes.map(({ name: scope, description }) => (
              <Checkbox key={scope} label={description} description={scope} value={scope} disabled={isImplied(scope, chosen)} />
            ))}
          </Stack>
        </Checkbox.Group>
        {error != null && !isAllAtFields(error, ["/name", "/scopes"]) && <Failure error={error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel} disabled={isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending}>
            Create the key
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

/** `admin` is everything, and to write includes to read. */
function isImplied(scope: string, chosen: readonly string[]): boolean {
  if (scope !== "admin" && chosen.includes("admin")) return true;
  return chosen.some((own) => own !== scope && includesScope(own, scope));
}
