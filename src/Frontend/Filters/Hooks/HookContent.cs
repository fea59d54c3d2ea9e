using System.Net;
using System.Net.Http.Headers;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>A request to a hook as the body of an HTTP request, with its length: many hooks read no chunks. Used for one request.</summary>
internal sealed class HookContent : HttpContent
{
    private readonly HookRequest _request;

    /// <param name="request">The request.</param>
    public HookContent(HookRequest request)
    {
        _request = request;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_request.Head, cancellationToken);
        if (_request.Tail.IsEmpty) return;
        await JsonText.WriteAsync(_request.Body, stream, cancellationToken);
        await stream.WriteAsync(_request.Tail, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _request.Length;
        return true;
    }
}
