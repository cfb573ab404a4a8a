import {
  Accordion,
  Alert,
  Badge,
  Button,
  createTheme,
  type MantineColorsTuple,
  Menu,
  Modal,
  Notification,
  Paper,
  Table,
  Tooltip,
} from "@mantine/core";
import { filterOptions } from "./filter-options.ts";

/** Sea green into ink: the accent of links, buttons and what is chosen. */
const sea: MantineColorsTuple = [
  "#eaf6f3",
  "#d3ebe5",
  "#a9d8cd",
  "#79c3b3",
  "#4fae9c",
  "#2f9583",
  "#1e7c6d",
  "#17665b",
  "#14524a",
  "#0f3f3a",
];

const amber: MantineColorsTuple = [
  "#fff7e3",
  "#fdecc4",
  "#fad98c",
  "#f6c552",
  "#f2b134",
  "#dd981a",
  "#b97809",
  "#8f5b06",
  "#6d4508",
  "#523509",
];

const brick: MantineColorsTuple = [
  "#fdefec",
  "#f9dad4",
  "#f2b3a8",
  "#ea8878",
  "#e1644f",
  "#cf4a35",
  "#b23a28",
  "#902f21",
  "#71271d",
  "#571f18",
];

/** Greys with a little green in them, light to dark. */
const gray: MantineColorsTuple = [
  "#f7f9f7",
  "#eef2ef",
  "#e2e8e4",
  "#d0d9d4",
  "#b0bcb6",
  "#8a9892",
  "#66756f",
  "#4c5954",
  "#34403c",
  "#212b28",
];

const dark: MantineColorsTuple = [
  "#d6dfdb",
  "#b3c0ba",
  "#8d9c96",
  "#65756f",
  "#3f4d48",
  "#2c3834",
  "#1f2926",
  "#161e1c",
  "#101715",
  "#0b100f",
];

export const theme = createTheme({
  colors: { sea, amber, brick, gray, dark },
  primaryColor: "sea",
  // White text has to be readable on it: Mantine chooses the text for the light theme, and keeps it in the dark one.
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  black: "#182320",
  fontFamily: '"Figtree Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSizes: { xs: "0.78rem", sm: "0.875rem", md: "0.975rem", lg: "1.1rem", xl: "1.3rem" },
  lineHeights: { md: "1.55" },
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.2rem", lineHeight: "1.3" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  radius: { sm: "5px", md: "9px", lg: "14px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    Accordion: Accordion.extend({ defaultProps: { variant: "separated" } }),
    Button: Button.extend({ defaultProps: { fw: 600 } }),
    // In a row with longer texts it keeps its width: by itself it would shrink to nothing.
    Badge: Badge.extend({
      defaultProps: { tt: "none", fw: 600, variant: "light", radius: "sm" },
      styles: { root: { flexShrink: 0, maxWidth: "100%" } },
    }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: "lg" } }),
    Alert: Alert.extend({ defaultProps: { variant: "light", radius: "md" } }),
    // Its placeholder is no item, which a menu must not hold; the first item gets the focus instead.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.45 } } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Tooltip: Tooltip.extend({ defaultProps: { multiline: true, maw: 320, openDelay: 200 } }),
    // By name, so that pages without a menu do not load one.
    Select: { defaultProps: { filter: filterOptions } },
    MultiSelect: { defaultProps: { filter: filterOptions } },
    Table: Table.extend({ defaultProps: { verticalSpacing: "sm", horizontalSpacing: "md" } }),
  },
});
