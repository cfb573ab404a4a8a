import { Badge, Box, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connector } from "../api/connector.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Page } from "../shell/page.tsx";
import { AddCredentialButton } from "./add-credential-button.tsx";
import { Aside } from "./aside.tsx";
import { Faq } from "./faq.tsx";
import classes from "./listing.module.css";
import { Operations } from "./operations.tsx";
import { PointList } from "./point-list.tsx";
import { Points } from "./points.tsx";
import { Section } from "./section.tsx";
import { Steps } from "./steps.tsx";

export function Listing({ connector }: { connector: Connector }) {
  const { id, name, version, listing } = connector;
  return (
    <Page
      title={name}
      icon={<img src={listing.icon} alt="" width={68} height={68} />}
      above={<BackLink to="/marketplace">Marketplace</BackLink>}
      lead={
        <Stack gap="sm">
          <Text component="p" m={0} inherit>
            {listing.tagline}
          </Text>
          <Group gap={6}>
            {listing.categories.map((category) => (
              <Badge key={category} color="gray">
                {category}
              </Badge>
            ))}
            <Badge variant="outline" color="gray">
              Version {version}
            </Badge>
          </Group>
        </Stack>
      }
      actions={<AddCredentialButton connector={id} size="md" />}
    >
      <div className={classes.columns}>
        <Stack gap={40} miw={0}>
          <Section id="overview" title="Overview">
            <Text maw={720}>{listing.overview}</Text>
          </Section>
          <Section id="benefits" title="Benefits">
            <Points points={listing.benefits} columns={3} />
          </Section>
          <Section id="features" title="Features">
            <Points points={listing.features} columns={2} />
          </Section>
          <Section id="prerequisites" title="What you need">
            <PointList points={listing.prerequisites} />
          </Section>
          <Section id="setup" title="Set it up">
            <Steps steps={listing.setup} />
          </Section>
          <Section id="usage" title="Use it in a workflow">
            <Steps steps={listing.usage} />
          </Section>
          <Section
            id="operations"
            title="Operations"
            lead="What can be called with a credential, by workflow, API, command line or from here."
          >
            <Operations connector={connector} />
          </Section>
          <Section id="faq" title="Questions and answers">
            <Faq entries={listing.faq} />
          </Section>
          <Paper className={classes.closing}>
            <Group justify="space-between">
              <Box>
                <Title order={2}>Ready to connect {name}?</Title>
                <Text size="sm" mt={4}>
                  A credential is tested before its first use, and stored encrypted.
                </Text>
              </Box>
              <AddCredentialButton connector={id} size="md" />
            </Group>
          </Paper>
        </Stack>
        <Aside connector={connector} />
      </div>
    </Page>
  );
}
