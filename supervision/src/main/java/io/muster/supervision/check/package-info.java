/// Kinds of checks that come with supervision: `script` starts a program, `ttl` waits for the
/// service to report itself, `alias` follows another target.
@NullMarked
package io.muster.supervision.check;

import org.jspecify.annotations.NullMarked;
