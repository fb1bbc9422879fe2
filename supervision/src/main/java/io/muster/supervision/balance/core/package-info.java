/// When a balancer is worked on.
@NullMarked
package io.muster.supervision.balance.core;

import org.jspecify.annotations.NullMarked;
