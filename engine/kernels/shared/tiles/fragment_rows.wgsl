// 16 rows of 64 halves, or of 32 f32, in elements of 16 bytes; one more a row, so that rows start in different banks.
const PITCH = 9u;
alias Fragment = array<vec4u, 144>;
