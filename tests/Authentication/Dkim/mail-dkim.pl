# Signs and verifies messages with Mail::DKIM. Reads a JSON list of requests, with the fields of dkimpy.py, from a file and writes a JSON list
# of results to another. A verified message has the result of each signature, from the top.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my %keys;
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
    my ($name) = @_;
    return unless exists $keys{$name};
    return Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [$keys{$name} =~ /(.{1,255})/g]);
};

sub run {
    my ($dkim, $message) = @_;
    $dkim->PRINT($message);
    $dkim->CLOSE;
    return $dkim;
}

sub sign {
    my ($request, $message) = @_;
    my $key = $request->{key};
    $key =~ s/-----[^-]*-----|\s//g;
    my $type = $request->{algorithm} =~ /ed25519/ ? 'ed25519' : 'rsa';
    my $dkim = run(Mail::DKIM::Signer->new(
        Algorithm => $request->{algorithm},
        Method => "$request->{header}/$request->{body}",
        Domain => 'example.org',
        Selector => 'sel',
        Headers => join(':', @{ $request->{fields} }),
        Key => Mail::DKIM::PrivateKey->load(Data => $key, Type => $type),
    ), $message);
    return encode_base64($dkim->signature->as_string . "\r\n" . $message, '');
}

sub verify {
    my ($request, $message) = @_;
    %keys = %{ $request->{keys} };
    my $dkim = run(Mail::DKIM::Verifier->new, $message);
    return join ',', map { $_->result } $dkim->signatures;
}

my ($input, $output) = @ARGV;
open my $in, '<', $input or die $!;
my $requests = JSON::PP->new->utf8->decode(do { local $/; <$in> });
my @results = map {
    my $message = decode_base64($_->{message});
    $_->{op} eq 'sign' ? sign($_, $message) : verify($_, $message);
} @$requests;
open my $out, '>', $output or die $!;
print $out JSON::PP->new->utf8->encode(\@results);
close $out or die $!;
