// As x86_64_program.s.

        .text
        .globl  _start
_start: ldr     x0, [sp]
        add     x0, x0, #40
        mov     x8, #94                 // exit_group
        svc     #0
