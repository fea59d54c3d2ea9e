using System.Diagnostics;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Named pipes and devices in place of files. A node that opened them would not start, or never end a reload.</summary>
public sealed class IrregularFilesTests : IDisposable
{
    private readonly Sources _sources = new() { ChecksFiles = true };

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("Storage:PasswordFile")]
    [InlineData("Admin:TokenFile")]
    [InlineData("Tls:Certificate")]
    [InlineData("Cluster:Tls:Key")]
    [InlineData("Auth:UserFile")]
    [InlineData("Inbound:AccessFiles:0")]
    [InlineData("Auth:OAuth:KeyFile")]
    [InlineData("Responses:Files:0")]
    [InlineData("Inbound:Recipients:0")]
    [InlineData("Rewriting:Addresses:0")]
    [InlineData("Delivery:Tls:Authorities")]
    public void Named_pipe_in_place_of_a_file_is_refused(string key)
    {
        MakePipe("pipe");
        _sources.Arguments.Add($"--{key}=pipe");
        Assert.Equal($"{key} is 'pipe', which is a named pipe; allowed: a regular file", _sources.LoadError());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Named_pipe_in_place_of_the_configuration_is_refused(bool isNamed)
    {
        var pipe = MakePipe(isNamed ? "pipe" : ConfigurationLoader.DefaultFile);
        if (isNamed) _sources.ConfigFile = pipe;
        Assert.Equal(
            $"{(isNamed ? "--config" : "the configuration file")} is '{pipe}', which is a named pipe; allowed: a regular file",
            _sources.LoadError());
    }

    [Fact]
    public void Device_and_link_to_a_named_pipe_are_refused()
    {
        var link = Path.Combine(_sources.WorkingDirectory, "link");
        File.CreateSymbolicLink(link, MakePipe("pipe"));
        Assert.Equal("is a named pipe; allowed: a regular file", RegularFile.Fault(link, allowsStreams: true));
        Assert.Equal("is a device; allowed: a regular file", RegularFile.Fault("/dev/zero", allowsStreams: true));
    }

    /// <summary>Kubernetes mounts secrets as links to links.</summary>
    [Fact]
    public void Link_to_a_link_to_a_file_is_allowed()
    {
        var folder = _sources.WorkingDirectory;
        Directory.CreateDirectory(Path.Combine(folder, "..2026"));
        _sources.Write("secret\n", "..2026/token");
        Directory.CreateSymbolicLink(Path.Combine(folder, "..data"), "..2026");
        File.CreateSymbolicLink(Path.Combine(folder, "token"), "..data/token");
        _sources.Arguments.Add("--Admin:TokenFile=token");
        Assert.Empty(_sources.Load().Errors);
        Assert.Null(RegularFile.Fault(Path.Combine(folder, "missing")));
    }

    /// <summary>A shell gives the output of a command as such a file. Reading it again would wait, or give nothing.</summary>
    [Fact]
    public void Stream_of_the_process_is_read_at_the_start_and_refused_by_a_reload()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        var path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.Null(RegularFile.Fault(path, allowsStreams: true));
        Assert.Equal("is a named pipe; allowed: a regular file", RegularFile.Fault(path));
        var reload = ConfigurationLoader.Load(
            new ConfigurationSources([], path, new Dictionary<string, string>(), "/") { IsReload = true }, () => "localhost", true);
        Assert.Equal($"--config is '{path}', which is a named pipe; allowed: a regular file", Assert.Single(reload.Errors));
    }

    private string MakePipe(string name)
    {
        var path = Path.Combine(_sources.WorkingDirectory, name);
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
        return path;
    }
}
