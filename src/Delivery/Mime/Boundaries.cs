namespace Postfleet.Delivery.Mime;

/// <summary>A multipart entity not yet closed.</summary>
/// <param name="Text">The boundary, without the leading dashes.</param>
/// <param name="IsDigest">Whether parts without a Content-Type are messages (multipart/digest, RFC 2046 section 5.1.5).</param>
/// <param name="IsSigned">Whether a signature covers the octets of the first part (multipart/signed, RFC 1847).</param>
internal readonly record struct OpenMultipart(byte[] Text, bool IsDigest, bool IsSigned);

/// <summary>A boundary line, which ends a part.</summary>
/// <param name="Start">The offset of the line; the length of the content if no boundary follows.</param>
/// <param name="After">The offset of the next line.</param>
/// <param name="Index">The index of the multipart of the boundary; -1 at the end of the content.</param>
/// <param name="IsClosing">Whether the boundary closes its multipart.</param>
internal readonly record struct BoundaryLine(int Start, int After, int Index, bool IsClosing);

/// <summary>The boundaries of the enclosing multipart entities, the outermost first. Bounded: deeper nesting is refused.</summary>
internal sealed class Boundaries
{
    /// <summary>
    /// The maximum nesting of multipart entities. Every line that begins with two dashes is compared with all boundaries, so the limit is
    /// low (Postfix: 100).
    /// </summary>
    public const int MaxDepth = 30;

    private readonly List<OpenMultipart> _open = [];

    /// <summary>Whether parts without a Content-Type in the innermost multipart are messages.</summary>
    public bool IsInDigest => _open.Count > 0 && _open[^1].IsDigest;

    /// <summary>Whether a signature covers the current position.</summary>
    public bool IsInSigned => _open.Exists(open => open.IsSigned);

    /// <summary>Whether a boundary line belongs to the innermost multipart.</summary>
    public bool IsInnermost(BoundaryLine line) => line.Index == _open.Count - 1;

    /// <summary>Enters a multipart; false if the nesting is too deep.</summary>
    public bool TryOpen(OpenMultipart multipart)
    {
        if (_open.Count == MaxDepth) return false;
        _open.Add(multipart);
        return true;
    }

    /// <summary>Returns to the multipart of a boundary line, and leaves the multipart as well if the line closes it.</summary>
    public void LeaveTo(BoundaryLine line)
    {
        var left = line.IsClosing ? line.Index : line.Index + 1;
        _open.RemoveRange(left, _open.Count - left);
    }

    /// <summary>Finds the next boundary line, beginning at the start of a line.</summary>
    public BoundaryLine Find(ReadOnlySpan<byte> content, int from)
    {
        if (_open.Count == 0) return new BoundaryLine(content.Length, content.Length, -1, IsClosing: false);
        for (var start = from; ;)
        {
            var line = content[start..];
            if (Match(line) is { Index: >= 0 } found)
            {
                var end = line.IndexOf((byte)'\n');
                return new BoundaryLine(start, end < 0 ? content.Length : start + end + 1, found.Index, found.IsClosing);
            }

            var next = line.IndexOf("\n--"u8);
            if (next < 0) return new BoundaryLine(content.Length, content.Length, -1, IsClosing: false);
            start += next + 1;
        }
    }

    /// <summary>
    /// The index of the multipart whose boundary a line begins with, or -1. The rest of the line is ignored (RFC 2046 section 5.1.1). If
    /// several boundaries match, the longest counts.
    /// </summary>
    public (int Index, bool IsClosing) Match(ReadOnlySpan<byte> line)
    {
        if (_open.Count == 0 || !line.StartsWith("--"u8)) return (-1, false);
        line = line[2..];
        var (index, length) = (-1, -1);
        for (var i = _open.Count - 1; i >= 0; i--)
            if (_open[i].Text.Length > length && line.StartsWith(_open[i].Text)) (index, length) = (i, _open[i].Text.Length);
        return index < 0 ? (-1, false) : (index, line[length..].StartsWith("--"u8));
    }
}
