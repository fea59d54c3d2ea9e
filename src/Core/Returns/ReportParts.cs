namespace Postfleet.Core.Returns;

/// <summary>A part of a message that is no multipart.</summary>
/// <param name="Type">The media type in lower case, without parameters.</param>
/// <param name="Content">The decoded text.</param>
internal sealed record ReportPart(string Type, string Content);

/// <summary>The parts of a message (RFC 2046 section 5.1), in their order. Depth and number are bounded.</summary>
internal static class ReportParts
{
    private const int MaxParts = 32;
    private const int MaxDepth = 4;

    /// <summary>Reads the parts; a message that is no multipart has one part, its body.</summary>
    public static IReadOnlyList<ReportPart> Read(ReportFields header, string body)
    {
        var parts = new List<ReportPart>();
        Add(header, body, 0, parts);
        return parts;
    }

    private static void Add(ReportFields header, string body, int depth, List<ReportPart> parts)
    {
        if (parts.Count >= MaxParts || depth > MaxDepth) return;
        var type = header["Content-Type"];
        var name = type.Split(';', 2)[0].Trim().ToLowerInvariant();
        if (name.StartsWith("multipart/", StringComparison.Ordinal) && BoundaryOf(type) is { Length: > 0 } boundary
            && body.Contains("--" + boundary, StringComparison.Ordinal))
        {
            foreach (var each in Split(body, "--" + boundary))
            {
                // A part without fields begins with an empty line.
                var fields = ReportFields.Read(each, out var content);
                Add(fields, content, depth + 1, parts);
            }
        }
        else
        {
            parts.Add(new ReportPart(
                name.Length > 0 ? name : "text/plain", ReportText.Decode(body, header["Content-Transfer-Encoding"].Split(';')[0])));
        }
    }

    private static IEnumerable<string> Split(string body, string delimiter)
    {
        var start = -1;
        var count = 0;
        for (var at = 0; at < body.Length && count <= MaxParts;)
        {
            var end = body.IndexOf('\n', at);
            if (end < 0) end = body.Length;
            if (KindOf(body.AsSpan(at, end - at).TrimEnd(), delimiter) is { } isLast)
            {
                if (start >= 0 && start <= at) yield return body[start..at];
                count++;
                start = isLast ? -1 : Math.Min(end + 1, body.Length);
            }

            at = end + 1;
        }

        if (start >= 0 && start < body.Length) yield return body[start..];
    }

    // Whether a delimiter is the last one; null for another line.
    private static bool? KindOf(ReadOnlySpan<char> line, string delimiter) =>
        !line.StartsWith(delimiter) ? null : line[delimiter.Length..] switch { "" => false, "--" => true, _ => null };

    private static string? BoundaryOf(string type)
    {
        var at = type.IndexOf("boundary", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var rest = type.AsSpan(at + "boundary".Length).TrimStart();
        if (rest.IsEmpty || rest[0] != '=') return null;
        rest = rest[1..].TrimStart();
        if (!rest.IsEmpty && rest[0] == '"')
        {
            var end = rest[1..].IndexOf('"');
            return (end < 0 ? rest[1..] : rest.Slice(1, end)).TrimEnd().ToString();
        }

        var stop = rest.IndexOfAny(';', ' ', '\t');
        return (stop < 0 ? rest : rest[..stop]).ToString();
    }
}
