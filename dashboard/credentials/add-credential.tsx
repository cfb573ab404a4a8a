import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Suspense, useState } from "react";
import { type ConnectingCredential, useTestCredential } from "../api/credentials.ts";
import { Boundary } from "../shell/boundary.tsx";
import { Loading } from "../shell/loading.tsx";
import { AddForm } from "./add-form.tsx";
import { Added, addedTitle } from "./added.tsx";
import { goToConsent } from "./go-to-consent.ts";

interface AddCredentialProps {
  readonly isOpen: boolean;
  /** Chosen to begin with. */
  readonly connector: string | undefined;
  readonly onClose: () => void;
}

/** The way to a tested credential: what it is called, where it leads, how it signs in, and what the test found. */
export function AddCredential({ isOpen, connector, onClose }: AddCredentialProps) {
  const isNarrow = useMediaQuery("(max-width: 47.99em)");
  const [added, setAdded] = useState<ConnectingCredential>();
  const test = useTestCredential();

  function proceed(credential: ConnectingCredential) {
    if (credential.authorizeUrl !== undefined) goToConsent(credential);
    else setAdded(credential);
  }

  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={added ? addedTitle(test) : "Add a credential"}
      size={680}
      fullScreen={isNarrow ?? false}
      radius={isNarrow ? 0 : "lg"}
      // What was typed is not thrown away by a click beside it.
      closeOnClickOutside={false}
      onExitTransitionEnd={() => {
        setAdded(undefined);
        test.reset();
      }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Boundary>
        <Suspense fallback={<Loading what="the environments" lines={6} />}>
          {added ? (
            <Added credential={added} test={test} onClose={onClose} />
          ) : (
            <AddForm connector={connector} onAdded={proceed} onCancel={onClose} />
          )}
        </Suspense>
      </Boundary>
    </Modal>
  );
}
