import { Button, Group, Text } from "@mantine/core";
import { IconDeviceFloppy, IconPlayerPlay, IconRocket } from "@tabler/icons-react";
import bar from "../operations/run-bar.module.css";
import { Failure } from "../shell/failure.tsx";

interface EditorBarProps {
  /** Why it could not be saved. */
  readonly failure: Error | null | undefined;
  readonly state: string;
  readonly isDirty: boolean;
  readonly errors: number;
  readonly isSaving: boolean;
  readonly onSave: () => void;
  readonly onTest: () => void;
  readonly onPublish: () => void;
  readonly canPublish: boolean;
}

/** What can be done with the draft; in sight however long it is. */
export function EditorBar(props: EditorBarProps) {
  const { failure, state, isDirty, errors, isSaving, onSave, onTest, onPublish, canPublish } = props;
  return (
    <div className={bar.bar} style={{ background: "var(--mantine-color-body)" }}>
      {failure && <Failure error={failure} />}
      <Group gap="sm">
        <Button leftSection={<IconRocket size={16} aria-hidden />} onClick={onPublish} disabled={!canPublish}>
          Publish
        </Button>
        <Button variant="light" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={onTest}>
          Test
        </Button>
        <Button
          variant="default"
          leftSection={<IconDeviceFloppy size={16} aria-hidden />}
          onClick={onSave}
          loading={isSaving}
          disabled={!isDirty}
        >
          Save draft
        </Button>
        <Text size="sm" c={errors > 0 ? "var(--mantine-color-error)" : "dimmed"} role="status" flex="1 1 12rem">
          {errors > 0 ? `${errors === 1 ? "One error has" : `${errors} errors have`} to be corrected before publishing. ` : ""}
          {state}
        </Text>
      </Group>
    </div>
  );
}
