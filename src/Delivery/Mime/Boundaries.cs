namespace Postfleet.Delivery.Mime;

/// <summary>A multipart entity whose end has not come yet.</summary>
/// <param name="Text">Its boundary, without the dashes before it.</param>
/// <param name="IsDigest">Whether its parts are messages where they do not say what they are (RFC 2046 section 5.1.5).</param>
/// <param name="IsSigned">Whether a signature covers the octets of its first part (RFC 1847).</param>
internal readonly record struct OpenMultipart(byte[] Text, bool IsDigest, bool IsSigned);

/// <summary>A line that ends a part.</summary>
/// <param name="Start">Where the line starts; the end of the content where there is none.</param>
/// <param name="After">Where the next line starts.</param>
/// <param name="Index">Whose boundary it is; -1 for the end of the content.</param>
/// <param name="IsClosing">Whether no part of this multipart follows.</param>
internal readonly record struct BoundaryLine(int Start, int After, int Index, bool IsClosing);

/// <summary>The boundaries of the multipart entities around a place, the outermost first. Bounded: deeper nesting is refused.</summary>
internal sealed class Boundaries
{
    /// <summary>
    /// Most multipart entities within each other. Each line that begins with dashes is held against all of them, so there are few (Postfix:
    /// 100).
    /// </summary>
    public const int MaxDepth = 30;

    private readonly List<OpenMultipart> _open = [];

    /// <summary>Whether the parts of the innermost multipart are messages where they do not say what they are.</summary>
    public bool IsInDigest => _open.Count > 0 && _open[^1].IsDigest;

    /// <summary>Whether a signature covers this place.</summary>
    public bool IsInSigned => _open.Exists(open => open.IsSigned);

    /// <summary>Whether a line belongs to the innermost multipart.</summary>
    public bool IsInnermost(BoundaryLine line) => line.Index == _open.Count - 1;

    /// <summary>Goes into a multipart; false where that is too deep.</summary>
    public bool TryOpen(OpenMultipart multipart)
    {
        if (_open.Count == MaxDepth) return false;
        _open.Add(multipart);
        return true;
    }

    /// <summary>Goes back to the multipart that a line belongs to, and out of it where the line closes it.</summary>
    public void Return(BoundaryLine line)
    {
        var left = line.IsClosing ? line.Index : line.Index + 1;
        _open.RemoveRange(left, _open.Count - left);
    }

    /// <summary>Finds the next boundary line, from the start of a line on.</summary>
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
    /// Whose boundary a line starts with; -1 for nobody's. What follows the boundary on the line does not matter (RFC 2046 section
    /// 5.1.1). Of boundaries that begin
    /// alike the longest counts.
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
