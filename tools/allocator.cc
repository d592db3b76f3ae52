// How jemalloc is set up, which the program is linked with: it reads this variable when it starts (jemalloc(3), "TUNING").

extern "C" {
// Freed pages go back after half a second instead of ten, also when nothing is allocated: 100,000 series at their first samples took 153 MB and take
// 137, with no more CPU (0.68 to 0.78 seconds a million samples); a panel over 340 MB takes some 10 ms more of the kernel's time, of 430 ms in all.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:500";
}
