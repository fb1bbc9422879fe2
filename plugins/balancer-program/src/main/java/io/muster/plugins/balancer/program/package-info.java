/// What balancers that are foreign programs have in common: commands with a deadline, files that
/// are replaced in one step and can be taken back, processes known by their id, and the attributes
/// of targets as far as configuration files can bear them.
///
/// Nothing here knows a particular program. What a target is called or says about itself never
/// reaches a file unchecked: it could end a line and begin another directive.
@NullMarked
package io.muster.plugins.balancer.program;

import org.jspecify.annotations.NullMarked;
