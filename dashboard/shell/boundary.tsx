import { QueryErrorResetBoundary } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import { Failure } from "./failure.tsx";

/** Shows what a part of the page failed with in its place, and lets it be tried again. */
export function Boundary({ children }: { children: ReactNode }) {
  return <QueryErrorResetBoundary>{({ reset }) => <Catch onReload={reset}>{children}</Catch>}</QueryErrorResetBoundary>;
}

class Catch extends Component<{ onReload: () => void; children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  reload = () => {
    this.props.onReload();
    this.setState({ error: undefined });
  };

  override render() {
    if (this.state.error !== undefined) return <Failure error={this.state.error} onReload={this.reload} />;
    return this.props.children;
  }
}
