import { Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { type Forgetting, forgettingsQuery, type Person, useForget } from "../api/forget.ts";
import { Actor } from "../shell/actor.tsx";
import { Ago } from "../shell/ago.tsx";
import { Confirm } from "../shell/confirm.tsx";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";

const FIELDS = [
  { name: "opportunity", label: "Opportunity ID" },
  { name: "contact", label: "Contact ID" },
  { name: "email", label: "Email address" },
] as const;
const POINTERS = FIELDS.map(({ name }) => `/${name}`);
const NOBODY = { opportunity: "", contact: "", email: "" };

/** Removes what is kept of a person, and shows that it was done: never whose data it was. */
export function ForgetForm() {
  const [typed, setTyped] = useState(NOBODY);
  const [isAsking, setIsAsking] = useState(false);
  const forget = useForget();
  const { found, check, changed } = useFaults<"opportunity">(forget);
  const given = Object.entries(typed).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]]));
  const areAtFields = forget.error !== null && isAllAtFields(forget.error, POINTERS);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (check({ opportunity: given.length === 0 ? "Fill in at least one of the three." : undefined })) setIsAsking(true);
  }

  function confirm() {
    forget.mutate(Object.fromEntries(given) as Person, {
      onSuccess: (done) => {
        setTyped(NOBODY);
        notifications.show({ title: "Forgotten", message: countsText(done) });
      },
      onSettled: () => setIsAsking(false),
    });
  }

  return (
    <Paper component="form" onSubmit={submit} noValidate aria-label="Forget a candidate">
      <Stack>
        <div>
          <Text fw={600}>Forget a candidate</Text>
          <Text size="sm" c="dimmed" maw={640}>
            Removes what this project keeps of a person: what runs were given and gave, what was sent to destinations, and what
            writes changed. Records that name any of these are emptied. Nothing changes in the connected account.
          </Text>
        </div>
        {FIELDS.map(({ name, label }) => (
          <TextInput
            key={name}
            label={label}
            maw={420}
            autoComplete="off"
            spellCheck={false}
            value={typed[name]}
            onChange={({ currentTarget: { value } }) => {
              changed("opportunity");
              setTyped((before) => ({ ...before, [name]: value }));
            }}
            error={(name === "opportunity" && found.opportunity) || fieldError(forget.error, `/${name}`)}
          />
        ))}
        {forget.error && !areAtFields && <Failure error={forget.error} />}
        <Group>
          <Button type="submit" variant="light" color="brick">
            Forget …
          </Button>
        </Group>
        <Forgettings />
      </Stack>
      <Confirm
        title="Forget this person?"
        verb="Forget"
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={confirm}
        change={forget}
      >
        What is removed cannot be restored, and runs that are emptied cannot be continued or run again.
      </Confirm>
    </Paper>
  );
}

function Forgettings() {
  const { data = [] } = useQuery(forgettingsQuery);
  if (data.length === 0) return null;
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }} aria-label="Done so far">
      {data.map((done) => (
        <li key={done.id}>
          <Text size="sm">{done.endedAt === null ? "Interrupted: ask for it again" : countsText(done)}</Text>
          <Text size="xs" c="dimmed" component="div">
            <Ago at={done.at} />, by <Actor of={done.by} />
          </Text>
        </li>
      ))}
    </Stack>
  );
}

function countsText({ runs, deliveries, received, writes }: Forgetting): string {
  const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  return `Emptied: ${counted(runs, "run")}, ${counted(deliveries, "message")}, ${received} ${received === 1 ? "delivery" : "deliveries"}, ${counted(writes, "record")} of writes`;
}
