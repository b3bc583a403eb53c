# The interpreter of nido's plans, for x86-64. GNU as, AT&T syntax.
#
# It runs in a child that shares Deno's memory, and in a process of its own that has
# no libc: so no stack, no allocation, no calls, nothing but registers and the records.
# machine.ts describes records, operations and memory; x86_64.ts holds these bytes,
# and `deno task assemble` fails where the two differ.
#
#   rbx  the record being run        rbp  the constants (their header, records, strings)
#   r12  of an operation its first 16 bits, of a call what its arguments are
#   r13  the variables (their header, slots, buffers)
#   r14  the list of places          r15  the code of operations

        .equ    CONSTANTS, 0x1800       # from the start of the image to its constants
        .equ    CODE, 0x200             # from the start of the image to this code
        .equ    HEADER, 24              # bytes of the constants' header

# An argument: a number, or by two bits of r12 the value of a slot, or a place. Without branches, which
# would be guessed wrong where records run once: what is not asked for is read at index 0.
        .macro  argument at, register, bit
        movswq  \at(%rbx), %\register
        xor     %eax, %eax
        test    $1 << \bit, %r12d
        cmovnz  %\register, %rax
        cmovnz  (%r13,%rax,8), %\register
        xor     %eax, %eax
        test    $2 << \bit, %r12d
        cmovnz  %\register, %rax
        movslq  (%r14,%rax,4), %rax
        lea     (%rbp,%rax), %rax
        cmovnz  %rax, %\register
        .endm

# Goes on at one place if the rdx bytes at rdi and rsi are the same, and at another if not. Most differ in
# the first: to see that takes less than to begin repe.
        .macro  compare same, other
        mov     (%rdi), %al
        cmp     (%rsi), %al
        jne     \other
        mov     %edx, %ecx
        repe cmpsb
        jne     \other
        jmp     \same
        .endm

        .text
# Entry of the ELF file: rsp points at argc, argv, 0, envp, 0 (System V ABI, "Process Initialization").
start:  lea     start + CONSTANTS - CODE(%rip), %rbp
begin:  movslq  (%rbp), %r13            # how far the variables are
        add     %rbp, %r13
        mov     %rsp, (%r13)            # header.stack

# The image stands wherever the kernel put it: pointers among the variables are counted from the constants.
place:  mov     4(%rbp), %ecx           # how many there are
        movslq  8(%rbp), %rsi           # the list of where they are
        add     %rbp, %rsi
1:      dec     %ecx
        js      2f
        mov     (%rsi,%rcx,4), %eax
        add     %rbp, (%r13,%rax)
        jmp     1b
2:      movslq  16(%rbp), %r14
        add     %rbp, %r14
        lea     ops(%rip), %r15
        lea     HEADER(%rbp), %rbx      # the first record follows the header
        jmp     next

keep:   mov     %rax, (%r13,%r10,8)
next:   movzwl  (%rbx), %r12d
        prefetcht0 512(%rbx)            # most records run once, and are in no cache yet
        test    %r12w, %r12w
        js      kernel
        argument 4, rdi, 6
        argument 6, rsi, 8
        argument 8, rdx, 10
        movzwl  2(%rbx), %r10d          # where the result goes, or where a test leads
        mov     %r12d, %ecx
        shr     $12, %ecx
        and     $3, %ecx                # how many arguments there are
        lea     4(%rbx,%rcx,2), %rbx
        mov     %r12d, %eax
        and     $0x3f, %eax
        shl     $4, %eax                # every operation has 16 bytes of code
        add     %r15, %rax
        jmp     *%rax

jump:   test    $0x4000, %r12d
        jnz     1f
        lea     (%rbp,%r10,2), %rbx
        jmp     next
1:      mov     (%r13,%r10,8), %rbx     # a slot has the record's address
        jmp     next

kernel: movzwl  2(%rbx), %r12d
        argument 10, rdi, 0
        argument 12, rsi, 2
        argument 14, rdx, 4
        argument 16, r10, 6
        argument 18, r8, 8
        argument 20, r9, 10
        movzwl  (%rbx), %eax
        and     $0xfff, %eax
        syscall                         # clobbers rcx and r11 only
        movzwl  4(%rbx), %ecx
        mov     %rax, (%r13,%rcx,8)
        cmp     $-4095, %rax            # the kernel's errors are -4095..-1
        jae     error
        movzwl  (%rbx), %ecx
        shr     $12, %ecx
        and     $7, %ecx                # how many arguments there are
        lea     10(%rbx,%rcx,2), %rbx
        jmp     next

error:  mov     %rax, 8(%r13)           # header.error
        movzwl  8(%rbx), %ecx
        movslq  (%r14,%rcx,4), %rcx
        add     %rbp, %rcx
        mov     %rcx, 16(%r13)          # header.failure
        movzwl  6(%rbx), %ecx
        lea     (%rbp,%rcx,2), %rbx
        jmp     next

        .balign 16
ops:    mov     %rdi, %rax              # 0 set        a0
        jmp     keep
        .balign 16
        lea     (%rdi,%rsi), %rax       # 1 add        a0 + a1
        jmp     keep
        .balign 16
        mov     %rdi, %rax              # 2 sub        a0 - a1
        sub     %rsi, %rax
        jmp     keep
        .balign 16
        mov     %rdi, %rax              # 3 and        a0 & a1
        and     %rsi, %rax
        jmp     keep
        .balign 16
        mov     %rdi, %rax              # 4 shl        a0 << a1
        mov     %esi, %ecx
        shl     %cl, %rax
        jmp     keep
        .balign 16
        mov     %rdi, %rax              # 5 shr        a0 >> a1
        mov     %esi, %ecx
        shr     %cl, %rax
        jmp     keep
        .balign 16
        mov     (%rdi,%rsi), %rax       # 6 load       the 8 bytes at a0 + a1
        jmp     keep
        .balign 16
        mov     %rdx, (%rdi,%rsi)       # 7 put        a2 in the 8 bytes at a0 + a1
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 8 ifEqual    a0 == a1
        je      jump
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 9 ifNot      a0 != a1
        jne     jump
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 10 ifBelow   a0 < a1, unsigned
        jb      jump
        jmp     next
        .balign 16
        mov     %edx, %ecx              # 11 copy      a2 bytes from a1 to a0; gives the end
        rep movsb
        mov     %rdi, %rax
        jmp     keep
        .balign 16
        jmp     same                    # 12 ifSame    a2 > 0 bytes at a0 and a1 are the same
        .balign 16
        mov     %rdi, %rax              # 13 decimal   digits of a0 before a1; gives their start
        mov     $10, %r8d
        jmp     digit
        .balign 16
        movzbl  (%rdi,%rsi), %eax       # 14 byte       the byte at a0 + a1
        jmp     keep
        .balign 16
        jmp     seek                    # 15 seek       the first byte from a0 on that is a1 or a2
        .balign 16
        mov     %rdi, %rax              # 16 mul        a0 * a1
        imul    %rsi, %rax
        jmp     keep
        .balign 16
        mov     %rdi, %rax              # 17 or         a0 | a1
        or      %rsi, %rax
        jmp     keep
        .balign 16
        movzwl  (%rdi,%rsi), %eax       # 18 load16     the 2 bytes at a0 + a1
        jmp     keep
        .balign 16
        mov     (%rdi,%rsi), %eax       # 19 load32     the 4 bytes at a0 + a1
        jmp     keep
        .balign 16
        mov     %dl, (%rdi,%rsi)        # 20 put8       a2 in the byte at a0 + a1
        jmp     next
        .balign 16
        mov     %dx, (%rdi,%rsi)        # 21 put16      a2 in the 2 bytes at a0 + a1
        jmp     next
        .balign 16
        mov     %edx, (%rdi,%rsi)       # 22 put32      a2 in the 4 bytes at a0 + a1
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 23 ifNotBelow a0 >= a1, unsigned
        jae     jump
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 24 ifLess     a0 < a1, signed
        jl      jump
        jmp     next
        .balign 16
        cmp     %rsi, %rdi              # 25 ifNotLess  a0 >= a1, signed
        jge     jump
        jmp     next
        .balign 16
        jmp     differ                  # 26 ifDiffer   a2 > 0 bytes at a0 and a1 are not the same
        .balign 16
        mov     (%r13), %rsp            # 27 enter      goes on at a0, as the kernel starts a program
        xor     %edx, %edx              # a function for atexit(3): none
        jmp     *%rdi
        .balign 16
        jmp     jump                    # 28 ifAlways
        .balign 16
        test    %rsi, %rdi              # 29 ifAnyBit   a0 & a1 is not 0
        jnz     jump
        jmp     next
        .balign 16
        test    %rsi, %rdi              # 30 ifNoBit    a0 & a1 is 0
        jz      jump
        jmp     next
        .balign 16
        mov     %rdi, %rbp              # 31 start      the image whose constants are at a0
        jmp     begin

same:   compare jump, next
differ: compare next, jump

digit:  xor     %edx, %edx
        div     %r8
        add     $'0', %dl
        dec     %rsi
        mov     %dl, (%rsi)
        test    %rax, %rax
        jnz     digit
        mov     %rsi, %rax
        jmp     keep

1:      inc     %rdi
seek:   mov     (%rdi), %al
        cmp     %sil, %al
        je      2f
        cmp     %dl, %al
        jne     1b
2:      mov     %rdi, %rax
        jmp     keep

# long spawn(constants, flags, child_stack, parent_tid): clone, and in the child run the records.
        .balign 16
spawn:  push    %rbx
        push    %rbp
        mov     %rdi, %rbp
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        xor     %r10d, %r10d
        xor     %r8d, %r8d
        mov     $56, %eax               # clone
        syscall
        test    %rax, %rax
        jz      1f
        pop     %rbp
        pop     %rbx
        ret
1:      movslq  (%rbp), %r13
        add     %rbp, %r13
        jmp     place

# long call(number, a1, a2, a3, a4, a5, a6): one system call; the result, or -errno.
        .balign 16
call:   mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
        syscall
        ret
