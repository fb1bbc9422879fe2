/// How the cluster's secret is replaced while members run: the files of one member
/// ([io.muster.node.secrets.SecretFiles]), what it holds of them
/// ([io.muster.node.secrets.SecretKeeper]), and the order in which all members go from one secret
/// to the next ([io.muster.node.secrets.SecretRotation]).
///
/// A secret itself never leaves its machine: members tell each other fingerprints only. No step
/// begins before every member has confirmed the one before, so that at any time any two members
/// accept each other.
@NullMarked
package io.muster.node.secrets;

import org.jspecify.annotations.NullMarked;
