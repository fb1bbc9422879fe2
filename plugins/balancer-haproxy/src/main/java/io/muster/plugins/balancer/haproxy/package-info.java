/// haproxy, its own process or one that is there already.
///
/// [HaproxyBalancer] tells the story: files are rendered ([TaggedFile], [OwnFile]), checked by
/// `haproxy -c`, renamed; then the running process is told of the servers over its admin socket
/// ([RuntimeChange]) where that can be done, and replaced without losing a connection
/// ([HaproxyProcess]) where it cannot; then it is asked what it uses.
///
/// A draining target has weight 0, in the file and in the process alike: no state has to be carried
/// over a reload. What users wrote outside of the tags is theirs.
@NullMarked
package io.muster.plugins.balancer.haproxy;

import org.jspecify.annotations.NullMarked;
