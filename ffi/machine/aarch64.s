// The interpreter of nido's plans, for aarch64. GNU as.
//
// The same program as x86_64.s, which says why it is as it is: registers and records
// only. machine.ts describes records, operations and memory; aarch64.ts holds these
// bytes, and `deno task assemble` fails where the two differ.
//
//   x19  the record being run        x20  the constants (their header, records, strings)
//   w10  which arguments are places (bits 0-5), and which of these are slots (bits 8-13)
//   x21  the variables (their header, slots, buffers)

        .equ    CALL, 40                // bytes of a system call's record
        .equ    OPERATION, 20           // bytes of an operation's
        .equ    CONSTANTS, 0x10800      // from the start of the image to its constants: pages may be 64 KiB
        .equ    CODE, 0x200             // from the start of the image to this code

        .text
// Entry of the ELF file: sp points at argc, argv, 0, envp, 0 (AAPCS64).
start:  adr     x20, start + CONSTANTS - CODE
        ldrsw   x21, [x20]              // how far the variables are
        add     x21, x21, x20
        mov     x9, sp
        str     x9, [x21]               // header.stack

// The image stands wherever the kernel put it: pointers among the variables are counted from the constants.
place:  ldr     w9, [x20, #4]           // how many there are
        ldrsw   x10, [x20, #8]          // the list of where they are
        add     x10, x10, x20
1:      cbz     w9, 2f
        ldr     w11, [x10], #4
        ldr     x12, [x21, x11]
        add     x12, x12, x20
        str     x12, [x21, x11]
        sub     w9, w9, #1
        b       1b
2:      add     x19, x20, #16           // the first record follows the header

next:   ldrh    w9, [x19]
        ldrh    w10, [x19, #2]
        ldpsw   x0, x1, [x19, #4]
        ldpsw   x2, x3, [x19, #12]
        ldpsw   x4, x5, [x19, #20]
        tbz     w10, #0, 1f
        add     x0, x0, x20
        tbz     w10, #8, 1f
        ldr     x0, [x0]
1:      tbz     w10, #1, 1f
        add     x1, x1, x20
        tbz     w10, #9, 1f
        ldr     x1, [x1]
1:      tbz     w10, #2, 1f
        add     x2, x2, x20
        tbz     w10, #10, 1f
        ldr     x2, [x2]
1:      tbz     w10, #3, 1f
        add     x3, x3, x20
        tbz     w10, #11, 1f
        ldr     x3, [x3]
1:      tbz     w10, #4, 1f
        add     x4, x4, x20
        tbz     w10, #12, 1f
        ldr     x4, [x4]
1:      tbz     w10, #5, 1f
        add     x5, x5, x20
        tbz     w10, #13, 1f
        ldr     x5, [x5]
1:      subs    w11, w9, #0x1000        // operations are numbered from 0x1000, above every system call
        b.hs    op
        mov     w8, w9
        svc     #0                      // keeps every register but x0
        cmn     x0, #4095               // the kernel's errors are -4095..-1
        b.hs    error
        ldrsw   x9, [x19, #28]
        str     x0, [x20, x9]
        add     x19, x19, #CALL
        b       next

error:  ldrsw   x9, [x19, #28]
        str     x0, [x20, x9]
        str     x0, [x21, #8]           // header.error
        ldrsw   x9, [x19, #36]
        add     x9, x9, x20
        str     x9, [x21, #16]          // header.failure
        ldrsw   x9, [x19, #32]
        add     x19, x20, x9
        b       next

// Where an operation's result goes, or where a test leads, is what would be a call's fourth argument.
keep:   str     x0, [x3]
step:   add     x19, x19, #OPERATION
        b       next

jump:   mov     x19, x3
        b       next

op:     adr     x12, ops
        add     x12, x12, w11, uxtw #4  // every operation has 16 bytes of code
        br      x12

        .balign 16
ops:    b       keep                   // 0 set        a0
        .balign 16
        add     x0, x0, x1              // 1 add        a0 + a1
        b       keep
        .balign 16
        sub     x0, x0, x1              // 2 sub        a0 - a1
        b       keep
        .balign 16
        and     x0, x0, x1              // 3 and        a0 & a1
        b       keep
        .balign 16
        lsl     x0, x0, x1              // 4 shl        a0 << a1
        b       keep
        .balign 16
        lsr     x0, x0, x1              // 5 shr        a0 >> a1
        b       keep
        .balign 16
        ldr     x0, [x0, x1]            // 6 load       the 8 bytes at a0 + a1
        b       keep
        .balign 16
        str     x2, [x0, x1]            // 7 put        a2 in the 8 bytes at a0 + a1
        b       step
        .balign 16
        cmp     x0, x1                  // 8 ifEqual    a0 == a1
        b.eq    jump
        b       step
        .balign 16
        cmp     x0, x1                  // 9 ifNot      a0 != a1
        b.ne    jump
        b       step
        .balign 16
        cmp     x0, x1                  // 10 ifBelow   a0 < a1, unsigned
        b.lo    jump
        b       step
        .balign 16
        b       copy                    // 11 copy      a2 bytes from a1 to a0; gives the end
        .balign 16
        b       same                    // 12 ifSame    a2 > 0 bytes at a0 and a1 are the same
        .balign 16
        mov     x2, #10                 // 13 decimal   digits of a0 before a1; gives their start
        b       digit
        .balign 16
        ldrb    w0, [x0, x1]            // 14 byte      the byte at a0 + a1
        b       keep
        .balign 16
        b       seek                    // 15 seek      the first byte from a0 on that is a1 or a2
        .balign 16
        mul     x0, x0, x1              // 16 mul       a0 * a1
        b       keep
        .balign 16
        orr     x0, x0, x1              // 17 or        a0 | a1
        b       keep
        .balign 16
        ldrh    w0, [x0, x1]            // 18 load16    the 2 bytes at a0 + a1
        b       keep
        .balign 16
        ldr     w0, [x0, x1]            // 19 load32    the 4 bytes at a0 + a1
        b       keep
        .balign 16
        strb    w2, [x0, x1]            // 20 put8      a2 in the byte at a0 + a1
        b       step
        .balign 16
        strh    w2, [x0, x1]            // 21 put16     a2 in the 2 bytes at a0 + a1
        b       step
        .balign 16
        str     w2, [x0, x1]            // 22 put32     a2 in the 4 bytes at a0 + a1
        b       step
        .balign 16
        cmp     x0, x1                  // 23 ifNotBelow a0 >= a1, unsigned
        b.hs    jump
        b       step
        .balign 16
        cmp     x0, x1                  // 24 ifLess    a0 < a1, signed
        b.lt    jump
        b       step
        .balign 16
        cmp     x0, x1                  // 25 ifNotLess a0 >= a1, signed
        b.ge    jump
        b       step
        .balign 16
        b       differ                  // 26 ifDiffer  a2 > 0 bytes at a0 and a1 are not the same
        .balign 16
        b       enter                   // 27 enter     goes on at a0, as the kernel starts a program

digit:  udiv    x5, x0, x2
        msub    x4, x5, x2, x0
        add     w4, w4, #'0'
        strb    w4, [x1, #-1]!
        mov     x0, x5
        cbnz    x0, digit
        mov     x0, x1
        b       keep

1:      add     x0, x0, #1
seek:   ldrb    w4, [x0]
        cmp     w4, w1, uxtb
        b.eq    keep
        cmp     w4, w2, uxtb
        b.ne    1b
        b       keep

copy:   cbz     x2, keep
        ldrb    w4, [x1], #1
        strb    w4, [x0], #1
        sub     x2, x2, #1
        b       copy

same:   ldrb    w4, [x0], #1
        ldrb    w5, [x1], #1
        cmp     w4, w5
        b.ne    step
        subs    x2, x2, #1
        b.ne    same
        b       jump

differ: ldrb    w4, [x0], #1
        ldrb    w5, [x1], #1
        cmp     w4, w5
        b.ne    jump
        subs    x2, x2, #1
        b.ne    differ
        b       step

enter:  ldr     x9, [x21]               // header.stack
        mov     sp, x9
        mov     x16, x0                 // by x16: where pages are guarded, "bti c" accepts this jump
        mov     x0, #0                  // a function for atexit(3): none
        br      x16

// long spawn(constants, flags, child_stack, parent_tid): clone, and in the child run the records.
        .balign 16
spawn:  stp     x19, x20, [sp, #-16]!
        mov     x20, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        mov     x3, #0
        mov     x4, #0
        mov     w8, #220                // clone
        svc     #0
        cbz     x0, 1f
        ldp     x19, x20, [sp], #16
        ret
1:      ldrsw   x21, [x20]
        add     x21, x21, x20
        b       place

// long call(number, a1, a2, a3, a4, a5, a6): one system call; the result, or -errno.
        .balign 16
call:   mov     x8, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        mov     x3, x4
        mov     x4, x5
        mov     x5, x6
        svc     #0
        ret
