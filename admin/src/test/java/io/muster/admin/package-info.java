/// Tests of the admin listener over real HTTP, with scripted faces behind it.
package io.muster.admin;
