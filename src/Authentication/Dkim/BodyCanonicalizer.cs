using System.Buffers;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// Passes the canonical form of a body (RFC 6376 sections 3.4.3 and 3.4.4) to a <see cref="BodyHash"/>, in one pass and in constant memory.
/// Input may be split anywhere. A lone LF counts as a line end; a lone CR is an octet like others.
/// </summary>
internal sealed class BodyCanonicalizer(Canonicalization canonicalization, BodyHash hash)
{
    private const int BufferLength = 16 * 1024;

    private static readonly SearchValues<byte> RelaxedStops = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> SimpleStops = SearchValues.Create("\r\n"u8);

    private static readonly byte[] EmptyLines = [.. Enumerable.Repeat("\r\n"u8.ToArray(), 512).SelectMany(line => line)];

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private readonly SearchValues<byte> _stops = canonicalization == Canonicalization.Relaxed ? RelaxedStops : SimpleStops;
    private int _count;

    // Empty lines that are part of the body only if another line follows.
    private long _emptyLines;
    private bool _hasContent;
    private bool _hasSpace;
    private bool _hasCr;
    private bool _isEmpty = true;

    /// <summary>Hashes a body. The result must be disposed.</summary>
    /// <param name="body">The body; it is not copied.</param>
    /// <param name="canonicalization">The canonical form.</param>
    /// <param name="limits">The lengths of the signed beginnings in octets, or <see cref="BodyHash.Whole"/>.</param>
    public static BodyHash Hash(ReadOnlySequence<byte> body, Canonicalization canonicalization, IEnumerable<long> limits)
    {
        var hash = new BodyHash(limits);
        var canonicalizer = new BodyCanonicalizer(canonicalization, hash);
        foreach (var segment in body)
        {
            if (hash.IsComplete) break;
            canonicalizer.Append(segment.Span);
        }

        canonicalizer.Complete();
        return hash;
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !hash.IsComplete)
        {
            if (_hasCr && octets[0] != '\n')
            {
                _hasCr = false;
                Content("\r"u8);
            }

            // Runs of empty lines are the slowest body of a size.
            if (!_hasCr && octets.Length > 1 && octets[0] == '\r' && octets[1] == '\n')
            {
                EndLine();
                octets = octets[2..];
                continue;
            }

            var length = octets.IndexOfAny(_stops);
            if (length < 0) length = octets.Length;
            if (length > 0) Content(octets[..length]);
            if (length == octets.Length) break;
            switch (octets[length])
            {
                case (byte)'\r':
                    _hasCr = true;
                    break;
                case (byte)'\n':
                    EndLine();
                    break;
                default:
                    _hasSpace = true;
                    break;
            }

            octets = octets[(length + 1)..];
        }
    }

    private void Complete()
    {
        if (_hasCr)
        {
            _hasCr = false;
            Content("\r"u8);
        }

        if (_hasContent) EndLine();
        // A body without lines is a CRLF in the simple form, and nothing in the relaxed form.
        if (_isEmpty && canonicalization == Canonicalization.Simple) Emit("\r\n"u8);
        Flush();
        hash.Complete();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void EndLine()
    {
        _hasCr = false;
        _hasSpace = false;
        if (_hasContent) Emit("\r\n"u8);
        else _emptyLines++;
        _hasContent = false;
    }

    private void Content(ReadOnlySpan<byte> octets)
    {
        while (_emptyLines > 0 && !hash.IsComplete)
        {
            var lines = EmptyLines.AsSpan(0, (int)Math.Min(EmptyLines.Length, 2 * _emptyLines));
            Emit(lines);
            _emptyLines -= lines.Length / 2;
        }

        if (_hasSpace) Emit(" "u8);
        _hasSpace = false;
        _hasContent = true;
        Emit(octets);
    }

    private void Emit(ReadOnlySpan<byte> octets)
    {
        _isEmpty = false;
        if (octets.Length > _buffer.Length - _count) Flush();
        if (octets.Length > _buffer.Length)
        {
            hash.Append(octets);
            return;
        }

        octets.CopyTo(_buffer.AsSpan(_count));
        _count += octets.Length;
    }

    private void Flush()
    {
        hash.Append(_buffer.AsSpan(0, _count));
        _count = 0;
    }
}
