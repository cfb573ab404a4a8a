/** The line of the logo, drawn large: two ends and what joins them. For looks alone. */
export function Motif({ className }: { className?: string | undefined }) {
  return (
    <svg className={className} viewBox="0 0 400 260" fill="none" aria-hidden="true">
      <path
        d="M-400 60h520a70 70 0 0 1 70 70v0a70 70 0 0 0 70 70h500"
        stroke="#8fd3c4"
        strokeOpacity="0.16"
        strokeWidth="34"
        strokeLinecap="round"
      />
      <path d="M-400 60h520a70 70 0 0 1 70 70v0a70 70 0 0 0 70 70h500" stroke="#8fd3c4" strokeWidth="3" strokeLinecap="round" />
      <circle cx="84" cy="60" r="11" fill="#fff" />
      <circle cx="296" cy="200" r="11" fill="#f2b134" />
    </svg>
  );
}
