import createButtonTemplates from "@rjsf/mantine/lib/templates/ButtonTemplates/index.js";
import DescriptionFieldTemplate from "@rjsf/mantine/lib/templates/DescriptionField.js";
import FieldErrorTemplate from "@rjsf/mantine/lib/templates/FieldErrorTemplate.js";
import FieldTemplate from "@rjsf/mantine/lib/templates/FieldTemplate.js";
import GridTemplate from "@rjsf/mantine/lib/templates/GridTemplate.js";
import MultiSchemaFieldTemplate from "@rjsf/mantine/lib/templates/MultiSchemaFieldTemplate.js";
import TitleFieldTemplate from "@rjsf/mantine/lib/templates/TitleField.js";
import WrapIfAdditionalTemplate from "@rjsf/mantine/lib/templates/WrapIfAdditionalTemplate.js";
import { FieldsTemplate } from "./fields-template.tsx";
import { InputTemplate } from "./input-template.tsx";
import { ListItemTemplate, ListTemplate } from "./list-template.tsx";

/** How a form is drawn: the library's own templates for Mantine one by one, since all of them together bring input libraries that ours do without. */
export const TEMPLATES = {
  ArrayFieldItemTemplate: ListItemTemplate,
  ArrayFieldTemplate: ListTemplate,
  BaseInputTemplate: InputTemplate,
  ButtonTemplates: createButtonTemplates(),
  DescriptionFieldTemplate,
  FieldErrorTemplate,
  FieldTemplate,
  GridTemplate,
  MultiSchemaFieldTemplate,
  ObjectFieldTemplate: FieldsTemplate,
  TitleFieldTemplate,
  WrapIfAdditionalTemplate,
};
