;; Escapes UTF-8 bytes for the inside of a JSON string (RFC 8259, section 7), sixteen at a time.
;; Source bytes lie from 0 on, at most 16384 of them; the result lies from 65536 on.
(module
  (memory (export "memory") 3)
  ;; The letter after the backslash by byte, from 32768 on; "u" stands for \u00XX.
  (data (i32.const 32768) "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu")
  (data (i32.const 32802) "\"")
  (data (i32.const 32860) "\\")
  (data (i32.const 33024) "0123456789abcdef")

  ;; Takes the number of source bytes, returns the number of result bytes.
  (func (export "escape") (param $length i32) (result i32)
    (local $source i32) (local $target i32) (local $clean i32) (local $byte i32) (local $letter i32) (local $bytes v128)
    (local.set $target (i32.const 65536))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $source) (local.get $length)))
        (local.set $bytes (v128.load (local.get $source)))
        (v128.store (local.get $target) (local.get $bytes))
        ;; How many of the sixteen stand as they are before the first that must be escaped: 16 where none must.
        (local.set $clean
          (i32.ctz
            (i32.or
              (i32.const 0x10000)
              (i8x16.bitmask
                (v128.or
                  (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20)))
                  (v128.or
                    (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                    (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))))))))
        ;; Bytes behind the source's end are not its.
        (if (i32.ge_u (i32.add (local.get $source) (local.get $clean)) (local.get $length))
          (then
            (local.set $target (i32.add (local.get $target) (i32.sub (local.get $length) (local.get $source))))
            (br $done)))
        (local.set $source (i32.add (local.get $source) (local.get $clean)))
        (local.set $target (i32.add (local.get $target) (local.get $clean)))
        (br_if $next (i32.eq (local.get $clean) (i32.const 16)))
        (local.set $byte (i32.load8_u (local.get $source)))
        (local.set $source (i32.add (local.get $source) (i32.const 1)))
        (local.set $letter (i32.load8_u offset=32768 (local.get $byte)))
        (if (i32.eq (local.get $letter) (i32.const 0x75))
          (then
            ;; "\u00", then two digits.
            (i32.store (local.get $target) (i32.const 0x3030755c))
            (i32.store8 offset=4 (local.get $target) (i32.load8_u offset=33024 (i32.shr_u (local.get $byte) (i32.const 4))))
            (i32.store8 offset=5 (local.get $target) (i32.load8_u offset=33024 (i32.and (local.get $byte) (i32.const 15))))
            (local.set $target (i32.add (local.get $target) (i32.const 6))))
          (else
            (i32.store8 (local.get $target) (i32.const 0x5c))
            (i32.store8 offset=1 (local.get $target) (local.get $letter))
            (local.set $target (i32.add (local.get $target) (i32.const 2)))))
        (br $next)))
    (i32.sub (local.get $target) (i32.const 65536)))
)
