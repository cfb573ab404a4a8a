import { Button, Fieldset, Group, Input, Stack, Text } from "@mantine/core";
import type { ArrayFieldItemTemplateProps, ArrayFieldTemplateProps, RJSFSchema } from "@rjsf/utils";

/** A list of records, such as phone numbers: each in a frame, with a button to add one more. Lists of text are one field (TextListField). */
export function ListTemplate({ title, schema, items, canAdd, onAddClick, fieldPathId, rawErrors = [] }: ArrayFieldTemplateProps) {
  return (
    <Fieldset legend={title} id={fieldPathId.$id}>
      <Stack gap="sm">
        {schema.description && (
          <Text size="xs" c="dimmed">
            {schema.description}
          </Text>
        )}
        {items}
        {rawErrors.length > 0 && <Input.Error>{rawErrors.join("; ")}</Input.Error>}
        {canAdd && (
          <Group>
            <Button variant="default" size="xs" onClick={onAddClick}>
              Add {toNoun(schema.items as RJSFSchema)}
            </Button>
          </Group>
        )}
      </Stack>
    </Fieldset>
  );
}

export function ListItemTemplate({ children, buttonsProps, index, schema }: ArrayFieldItemTemplateProps) {
  const noun = toNoun(schema);
  return (
    <Stack gap="xs" role="group" aria-label={`${noun} ${index + 1}`}>
      {children}
      {buttonsProps.hasRemove && (
        <Group justify="flex-end">
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            aria-label={`Remove ${noun} ${index + 1}`}
            onClick={buttonsProps.onRemoveItem}
          >
            Remove
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function toNoun({ title }: RJSFSchema): string {
  return title?.toLowerCase() ?? "entry";
}
