/// Who is here, in which role, and how sure we are.
@NullMarked
package io.muster.membership;

import org.jspecify.annotations.NullMarked;
