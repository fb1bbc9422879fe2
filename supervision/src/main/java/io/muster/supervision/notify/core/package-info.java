/// The decisions of notifications: pure.
@NullMarked
package io.muster.supervision.notify.core;

import org.jspecify.annotations.NullMarked;
