import { QueryErrorResetBoundary } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import { useLocation } from "wouter";
import { Failure } from "./failure.tsx";
import { PartMissing } from "./lazy-part.ts";
import { PartMissingNote } from "./part-missing-note.tsx";

/** Shows what a part of the page failed with in its place, until it is read again or another page is opened. */
export function Boundary({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Catch location={location} onReload={reset}>
          {children}
        </Catch>
      )}
    </QueryErrorResetBoundary>
  );
}

interface CatchProps {
  readonly location: string;
  readonly onReload: () => void;
  readonly children: ReactNode;
}

class Catch extends Component<CatchProps, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate({ location }: CatchProps) {
    if (location !== this.props.location && this.state.error !== undefined) this.reload();
  }

  reload = () => {
    this.props.onReload();
    this.setState({ error: undefined });
  };

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return error instanceof PartMissing ? <PartMissingNote /> : <Failure error={error} onReload={this.reload} />;
  }
}
