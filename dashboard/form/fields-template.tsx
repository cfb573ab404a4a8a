import { Accordion, Box, Fieldset, Input, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ObjectFieldTemplateProps } from "@rjsf/utils";
import { type ReactNode, useId } from "react";
import type { FormContext } from "./form-context.ts";
import type { FieldGroup } from "./group-fields.ts";
import { isSentEmpty, SendEmpty } from "./send-empty.tsx";

/** Lays out the fields of an operation in groups; those of an object inside it in a frame of their own. */
export function FieldsTemplate(props: ObjectFieldTemplateProps) {
  const { properties, uiSchema, schema } = props;
  const groups = uiSchema?.["ui:groups"] as readonly FieldGroup[] | undefined;
  if (groups === undefined) return <InnerFields {...props} />;
  const below = (name: string) => <Below name={name} {...props} />;
  const fields = (group: FieldGroup) => properties.filter(({ name, hidden }) => !hidden && group.fields.includes(name));
  const folded = groups.filter(({ isOpen }) => !isOpen);
  return (
    <Stack gap="lg">
      {groups
        .filter(({ isOpen }) => isOpen)
        .map((group) => (
          <OpenGroup key={group.id} title={group.title}>
            <Fields fields={fields(group)} schema={schema} below={below} />
          </OpenGroup>
        ))}
      {folded.length > 0 && (
        <Accordion
          multiple
          variant="separated"
          chevronPosition="left"
          defaultValue={folded.filter(holdsErrors(props)).map(({ id }) => id)}
        >
          {folded.map((group) => (
            <Accordion.Item key={group.id} value={group.id}>
              <Accordion.Control>
                <Text fw={600} size="sm">
                  {group.title}
                  <Count given={fields(group).filter(({ name }) => props.formData?.[name] !== undefined).length} />
                </Text>
              </Accordion.Control>
              <Accordion.Panel>
                <Fields fields={fields(group)} schema={schema} below={below} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
    </Stack>
  );
}

function OpenGroup({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  if (title === "") return children;
  return (
    <Box component="section" aria-labelledby={id}>
      <Text id={id} component="h3" fw={600} size="sm" mb="xs">
        {title}
      </Text>
      {children}
    </Box>
  );
}

/** An entry of a list is framed by its list already. */
function InnerFields({ properties, schema, title, fieldPathId, errorSchema }: ObjectFieldTemplateProps) {
  const fields = <Fields fields={properties} schema={schema} />;
  if (typeof fieldPathId.path.at(-1) === "number") return fields;
  return (
    <Fieldset legend={title} id={fieldPathId.$id}>
      <Stack gap="sm">
        {schema.description && (
          <Text size="xs" c="dimmed">
            {schema.description}
          </Text>
        )}
        {fields}
        {errorSchema?.__errors && <Input.Error>{errorSchema.__errors.join("; ")}</Input.Error>}
      </Stack>
    </Fieldset>
  );
}

interface FieldsProps {
  readonly fields: ObjectFieldTemplateProps["properties"];
  readonly schema: ObjectFieldTemplateProps["schema"];
  /** What stands below a field. */
  readonly below?: (name: string) => ReactNode;
}

function Fields({ fields, schema, below }: FieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: fields.length > 1 ? 2 : 1 }} spacing="lg" verticalSpacing="md">
      {fields.map(({ name, content }) => (
        <Box key={name} miw={0} style={isFramed(schema.properties?.[name]) ? WHOLE_ROW : undefined}>
          {content}
          {below?.(name)}
        </Box>
      ))}
    </SimpleGrid>
  );
}

function Below({ name, schema, formData, registry }: ObjectFieldTemplateProps & { name: string }) {
  const { clearable, sendEmpty } = registry.formContext as FormContext;
  if (!clearable.includes(name)) return null;
  const value = formData?.[name];
  return (
    <SendEmpty
      title={(schema.properties?.[name] as { title?: string } | undefined)?.title ?? name}
      isChecked={isSentEmpty(value)}
      isFilled={value !== undefined && !isSentEmpty(value)}
      onChange={(isSent) => sendEmpty(name, isSent)}
    />
  );
}

const WHOLE_ROW = { gridColumn: "1 / -1" } as const;

function isFramed(field: unknown): boolean {
  const { type, items } = field as { type?: unknown; items?: { type?: unknown } };
  return type === "object" || (type === "array" && items?.type === "object");
}

function Count({ given }: { given: number }) {
  if (given === 0) return null;
  return (
    <Text span size="xs" c="dimmed" ml="xs">
      {given} set
    </Text>
  );
}

function holdsErrors({ errorSchema }: ObjectFieldTemplateProps) {
  return ({ fields }: FieldGroup) => fields.some((name) => errorSchema?.[name] !== undefined);
}
