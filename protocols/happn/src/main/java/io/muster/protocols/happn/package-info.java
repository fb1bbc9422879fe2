/// The happn protocol.
@NullMarked
package io.muster.protocols.happn;

import org.jspecify.annotations.NullMarked;
