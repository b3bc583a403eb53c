// The interpreter of nido's plans, for aarch64. GNU as.
//
// The same program as x86_64.s, which says why it is as it is: registers and records
// only. machine.ts describes records, operations and memory; aarch64.ts holds these
// bytes, and `deno task assemble` fails where the two differ.
//
//   x19  the record being run        x20  the constants (their header, records, strings)
//   w10  of an operation its first 16 bits, of a call what its arguments are
//   x21  the variables (their header, slots, buffers)
//   x22  the list of places

        .equ    CONSTANTS, 0x10800      // from the start of the image to its constants: pages may be 64 KiB
        .equ    CODE, 0x200             // from the start of the image to this code
        .equ    HEADER, 24              // bytes of the constants' header

// An argument: a number, or by two bits of w10 the value of a slot, or a place.
        .macro  argument at, register, bit
        ldrsh   \register, [x19, #\at]
        tbz     w10, #\bit, 1f
        ldr     \register, [x21, \register, lsl #3]
1:      tbz     w10, #\bit + 1, 1f
        ldrsw   \register, [x22, \register, lsl #2]
        add     \register, \register, x20
1:
        .endm

        .text
// Entry of the ELF file: sp points at argc, argv, 0, envp, 0 (AAPCS64).
start:  adr     x20, start + CONSTANTS - CODE
begin:  ldrsw   x21, [x20]              // how far the variables are
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
2:      ldrsw   x22, [x20, #16]
        add     x22, x22, x20
        add     x19, x20, #HEADER       // the first record follows the header

next:   ldrh    w10, [x19]
        prfm    pldl1keep, [x19, #512]  // most records run once, and are in no cache yet
        tbnz    w10, #15, kernel
        argument 4, x0, 6
        argument 6, x1, 8
        argument 8, x2, 10
        ldrh    w3, [x19, #2]           // where the result goes, or where a test leads
        ubfx    w11, w10, #12, #2       // how many arguments there are
        add     x19, x19, x11, lsl #1
        add     x19, x19, #4
        and     w11, w10, #0x3f
        adr     x12, ops
        add     x12, x12, x11, lsl #4   // every operation has 16 bytes of code
        br      x12

keep:   str     x0, [x21, x3, lsl #3]
        b       next

jump:   tbnz    w10, #14, 1f
        add     x19, x20, x3, lsl #1
        b       next
1:      ldr     x19, [x21, x3, lsl #3]  // a slot has the record's address
        b       next

kernel: mov     w9, w10
        ldrh    w10, [x19, #2]
        argument 10, x0, 0
        argument 12, x1, 2
        argument 14, x2, 4
        argument 16, x3, 6
        argument 18, x4, 8
        argument 20, x5, 10
        and     w8, w9, #0xfff
        svc     #0                      // keeps every register but x0
        ldrh    w11, [x19, #4]
        str     x0, [x21, x11, lsl #3]
        cmn     x0, #4095               // the kernel's errors are -4095..-1
        b.hs    error
        ubfx    w11, w9, #12, #3        // how many arguments there are
        add     x19, x19, x11, lsl #1
        add     x19, x19, #10
        b       next

error:  str     x0, [x21, #8]           // header.error
        ldrh    w11, [x19, #8]
        ldrsw   x11, [x22, x11, lsl #2]
        add     x11, x11, x20
        str     x11, [x21, #16]         // header.failure
        ldrh    w11, [x19, #6]
        add     x19, x20, x11, lsl #1
        b       next

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
        b       next
        .balign 16
        cmp     x0, x1                  // 8 ifEqual    a0 == a1
        b.eq    jump
        b       next
        .balign 16
        cmp     x0, x1                  // 9 ifNot      a0 != a1
        b.ne    jump
        b       next
        .balign 16
        cmp     x0, x1                  // 10 ifBelow   a0 < a1, unsigned
        b.lo    jump
        b       next
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
        b       next
        .balign 16
        strh    w2, [x0, x1]            // 21 put16     a2 in the 2 bytes at a0 + a1
        b       next
        .balign 16
        str     w2, [x0, x1]            // 22 put32     a2 in the 4 bytes at a0 + a1
        b       next
        .balign 16
        cmp     x0, x1                  // 23 ifNotBelow a0 >= a1, unsigned
        b.hs    jump
        b       next
        .balign 16
        cmp     x0, x1                  // 24 ifLess    a0 < a1, signed
        b.lt    jump
        b       next
        .balign 16
        cmp     x0, x1                  // 25 ifNotLess a0 >= a1, signed
        b.ge    jump
        b       next
        .balign 16
        b       differ                  // 26 ifDiffer  a2 > 0 bytes at a0 and a1 are not the same
        .balign 16
        b       enter                   // 27 enter     goes on at a0, as the kernel starts a program
        .balign 16
        b       jump                    // 28 ifAlways
        .balign 16
        tst     x0, x1                  // 29 ifAnyBit  a0 & a1 is not 0
        b.ne    jump
        b       next
        .balign 16
        tst     x0, x1                  // 30 ifNoBit   a0 & a1 is 0
        b.eq    jump
        b       next
        .balign 16
        mov     x20, x0                 // 31 start     the image whose constants are at a0
        b       begin

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
        b.ne    next
        subs    x2, x2, #1
        b.ne    same
        b       jump

differ: ldrb    w4, [x0], #1
        ldrb    w5, [x1], #1
        cmp     w4, w5
        b.ne    jump
        subs    x2, x2, #1
        b.ne    differ
        b       next

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
