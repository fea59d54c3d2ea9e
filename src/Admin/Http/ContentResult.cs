using Microsoft.AspNetCore.Http;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Http;

/// <summary>The content of a message as an answer, which a browser shows as text and never runs as a page of this site.</summary>
internal sealed class ContentResult(MessageContent content) : IResult
{
    /// <summary>The content type.</summary>
    public const string MediaType = "message/rfc822";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox";
        response.ContentType = MediaType;
        response.ContentLength = content.Length;
        foreach (var segment in content.Octets) await response.Body.WriteAsync(segment, httpContext.RequestAborted);
    }
}
