# A program that ends with 40 + argc.

        .text
        .globl  _start
_start: mov     (%rsp), %edi
        add     $40, %edi
        mov     $231, %eax              # exit_group
        syscall
