using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Postfleet.Admin.Http;

/// <summary>
/// Reads names of the path that may have a percent sign. The server leaves the escape of a slash, and escapes that are no UTF-8, as they
/// are, so the value in the route does not tell these names from others.
/// </summary>
internal static class PathText
{
    /// <summary>The text of a segment.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="routed">Its value in the route.</param>
    /// <param name="fromEnd">Its place in the path, counted from the end; 1 for the last segment.</param>
    /// <param name="mayHaveSlash">Whether the text may have slashes, escaped by %.</param>
    /// <exception cref="ProblemException">The segment is no text in UTF-8, or has a slash.</exception>
    public static string Read(HttpContext http, string name, string routed, int fromEnd, bool mayHaveSlash = false)
    {
        var path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/').Split('/');
        // In a path, a plus sign is no space.
        var raw = Encoding.ASCII.GetBytes((path.Length >= fromEnd ? path[^fromEnd] : "").Replace("+", "%2B", StringComparison.Ordinal));
        var octets = WebUtility.UrlDecodeToBytes(raw, 0, raw.Length);
        if (Utf8.IsValid(octets))
        {
            // The server removes segments of dots, which are no names.
            var text = Encoding.UTF8.GetString(octets);
            if (text == (mayHaveSlash ? routed.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase) : routed)) return text;
        }

        throw QueryReader.Wrong(name, routed, $"a text in UTF-8{(mayHaveSlash ? "" : " without slashes")}, escaped by %");
    }
}
