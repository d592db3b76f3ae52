// How jemalloc is set up, which the program is linked with: it reads this variable when it starts (jemalloc(3), "TUNING").

extern "C" {
// An arena a processor instead of four: what threads leave half empty is less. Freed pages go back after 200 ms instead of ten seconds, also when nothing
// is allocated. 100,000 series at their first samples took 153 MB of resident memory with jemalloc's defaults, 137 with half a second, and, after other
// savings, 127 to 138 with half a second and four arenas a processor, 120 to 126 as here, with no more CPU; panels over half a year and over an
// hour take as long.
const char* malloc_conf = "background_thread:true,percpu_arena:percpu,dirty_decay_ms:200";
}
