using System.IO.Pipelines;
using System.Text;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The limit of lines, which a stage may raise for its own dialogue.</summary>
public sealed class CommandLinesTests
{
    // The longest response of AUTH (RFC 4954 section 4).
    private const int Response = 12_288;

    [Theory]
    [InlineData(FrontendLimits.CommandLine, FrontendLimits.CommandLine, "250 2.0.0 Ok")]
    [InlineData(FrontendLimits.CommandLine, FrontendLimits.CommandLine + 1, "500 5.5.2 Line too long")]
    [InlineData(Response, FrontendLimits.CommandLine + 1, "250 2.0.0 Ok")]
    [InlineData(Response, Response, "250 2.0.0 Ok")]
    [InlineData(Response, Response + 1, "500 5.5.2 Line too long")]
    public async Task The_session_sets_the_limit_of_lines(int limit, int length, string reply)
    {
        var world = new World();
        var machine = new SessionMachine(world.Profile, world.Services.Relay, World.Trusted, world.Memory) { MaxLine = limit };
        var pipe = new Pipe();
        var lines = new CommandLines(machine, new SessionReplies(world.Services, machine, "1") { Output = pipe.Writer });
        var input = Encoding.ASCII.GetBytes("NOOP ".PadRight(length - 2, 'x') + "\r\n");
        lines.Handle(Sequences.Split(input, input.Length / 2), pipe.Writer, out _, out var isAll);
        await pipe.Writer.CompleteAsync();
        var read = await pipe.Reader.ReadAsync();
        Assert.True(isAll);
        Assert.Equal(reply + "\r\n", Encoding.ASCII.GetString(read.Buffer));
    }
}
