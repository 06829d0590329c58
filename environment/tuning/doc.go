// Package tuning changes settings of this host for the time of a campaign, when asked, and
// puts them back to exactly what they were: at the end, and if its process was killed, by
// the next one that looks (RestoreAbandoned).
//
// What a setting was is on the disk before it is changed. It is put back only if it still
// is what it was changed to: what somebody else set meanwhile is theirs. After a start of
// the system nothing is put back, since the kernel did.
//
// It sets what environment.Disturbances calls settable: frequency governors, turbo,
// transparent huge pages. What is run meanwhile it does not know.
package tuning
