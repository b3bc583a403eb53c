// The interpreter of nido's plans, for aarch64. GNU as.
//
// The same program as x86_64.s, which says why it is as it is: registers and records
// only. machine.ts describes records, operations and memory; aarch64.ts holds these
// bytes, and `deno task assemble` fails where the two differ.
//
//   x19  the record being run        x20  the data page (header, records, slots, strings)
//   w10  which arguments are places (bits 0-5), and which of these are slots (bits 8-13)

        .equ    CALL, 40                // bytes of a system call's record
        .equ    OPERATION, 20           // bytes of an operation's
        .equ    DATA, 0x10400           // from the start of the image to its data: pages may be 64 KiB
        .equ    CODE, 0x100             // from the start of the image to this code

        .text
// Entry of the ELF file: sp points at argc, argv, 0, envp, 0 (AAPCS64).
start:  adr     x20, start + DATA - CODE
        mov     x9, sp
        str     x9, [x20]               // header.stack
        add     x19, x20, #32           // the first record follows the header

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
        str     x0, [x20, #8]           // header.error
        ldrsw   x9, [x19, #36]
        add     x9, x9, x20
        str     x9, [x20, #16]          // header.failure
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

// long spawn(data, flags, child_stack, parent_tid): clone, and in the child run the records of `data`.
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
1:      add     x19, x20, #32
        b       next

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
