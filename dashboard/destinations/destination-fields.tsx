import { TextInput } from "@mantine/core";
import type { Faults } from "../shell/use-faults.ts";

export interface DestinationTexts {
  readonly name: string;
  readonly url: string;
}

interface DestinationFieldsProps {
  readonly texts: DestinationTexts;
  readonly errors: Faults<"name" | "url">;
  readonly onChange: (field: keyof DestinationTexts, text: string) => void;
}

/** What a destination is called and where it is: of a new one and of one that is changed. */
export function DestinationFields({ texts, errors, onChange }: DestinationFieldsProps) {
  return (
    <>
      <TextInput
        label="Name"
        description="What your team calls the system."
        required
        withAsterisk={false}
        data-autofocus
        maxLength={100}
        autoComplete="off"
        value={texts.name}
        onChange={({ currentTarget }) => onChange("name", currentTarget.value)}
        error={errors.name}
      />
      <TextInput
        label="URL"
        description="Where messages are posted to: https, at an address of the public Internet."
        required
        withAsterisk={false}
        type="url"
        inputMode="url"
        maxLength={2000}
        autoComplete="off"
        spellCheck={false}
        value={texts.url}
        onChange={({ currentTarget }) => onChange("url", currentTarget.value)}
        error={errors.url}
      />
    </>
  );
}

/** What is missing before anything is sent. */
export function missingIn({ name, url }: DestinationTexts): Faults<"name" | "url"> {
  return {
    name: name.trim() === "" ? "Give it a name that your team recognizes." : undefined,
    url: url.trim() === "" ? "Enter the URL." : undefined,
  };
}
